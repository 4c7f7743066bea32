"""The room that everything else imports: whoever uses any of the product passes here first."""

from index.telemetry import switch_off

switch_off()
