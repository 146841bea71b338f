package dev.kelpie.rewards.judge;

/** What a judge does before its verdict. */
public enum Protocol {
  /** Nothing. */
  NONE,
  /** It answers the prompt itself; the template shows that answer as {own}. */
  OWN_ANSWER_FIRST,
  /** It writes questions about the prompt, and the template asks each of them as {question}. */
  CHECKLIST;

  /** The placeholder that the template has because of it; empty for none. */
  String placeholder() {
    return switch (this) {
      case NONE -> "";
      case OWN_ANSWER_FIRST -> "own";
      case CHECKLIST -> "question";
    };
  }

  /** What the judge is asked first, unless an experiment has a template for it. */
  String defaultTemplate() {
    return this == CHECKLIST
        ? "Write a checklist for judging responses to the following instruction: at most 8"
            + " questions that can be answered with yes or no, where yes is good. One question"
            + " per line, nothing else.\n\n"
            + "Instruction:\n"
            + "{prompt}\n"
        : "{prompt}";
  }
}
