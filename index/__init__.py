"""The room that everything else imports: whoever uses any of the product passes here first."""

import os

from index.telemetry import switch_off

switch_off()
# OpenMP's threads, PyTorch's and FAISS's, are not to spin where they wait for one another: on a busy machine that takes
# from the one that is waited for. It is read when those libraries are loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
