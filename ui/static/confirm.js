// Deleting asks first: the question stands where the button was, until it is answered.

export function askFirst(button, question) {
  button.hidden = true;
  question.hidden = false;
  question.querySelector("button").focus(); // the one that keeps
}

export function leaveQuestion(button, question) {
  question.hidden = true;
  button.hidden = false;
  button.focus();
}
