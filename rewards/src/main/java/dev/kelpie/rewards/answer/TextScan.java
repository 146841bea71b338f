package dev.kelpie.rewards.answer;

/** Looks ahead in a text by a bounded number of characters. */
record TextScan(String text, Steps steps) {
  /**
   * Where a tag such as {@code <answer>} or {@code <|end|>} ends, its sign read; 0 if it is none.
   */
  int tagEnd(int at, boolean behindLetter) {
    boolean piped = text.startsWith("|", at);
    int start = piped || text.startsWith("/", at) ? at + 1 : at;
    int end = start;
    while (end < text.length() && end - start < 24 && isTagLetter(text.charAt(end))) {
      end++;
      steps.add(1);
    }
    String close = piped ? "|>" : ">";
    boolean single = start > at || !behindLetter;
    boolean named = end - start > (single ? 0 : 1) && isAsciiLetter(text.charAt(start));
    return named && text.startsWith(close, end) ? end + close.length() : 0;
  }

  private static boolean isTagLetter(char sign) {
    return isAsciiLetter(sign) || sign == '_' || sign == '-' || (sign >= '0' && sign <= '9');
  }

  /** Where the brace at {@code open} is closed, at most so many characters on, or -1. */
  int closeWithin(int open, int most) {
    if (!text.startsWith("{", open)) {
      return -1;
    }
    for (int i = open; i < text.length() && i - open <= most; i++) {
      if (text.charAt(i) == '}') {
        return i;
      }
    }
    return -1;
  }

  /** The first place from {@code from} on that is no space. */
  int skipSpaces(int from) {
    int next = from;
    while (next < text.length() && text.charAt(next) == ' ') {
      next++;
      steps.add(1);
    }
    return next;
  }

  static boolean isAsciiLetter(char sign) {
    return (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z');
  }

  /** Whether a group at {@code at} is one letter that is no unit, such as e and i. */
  boolean isUprightLetter(int at, boolean behindNumber) {
    int open = skipSpaces(at);
    if (!text.startsWith("{", open)
        || !text.startsWith("}", open + 2)
        || !isAsciiLetter(text.charAt(open + 1))) {
      return false;
    }
    char letter = text.charAt(open + 1);
    return letter == 'e' || letter == 'i' || !behindNumber;
  }

  /** Whether a bracket is at {@code at}, perhaps behind the end of upright text. */
  boolean isCalled(int at) {
    int next = text.startsWith("}", at) ? at + 1 : at;
    return text.startsWith("(", next) || text.startsWith("\\left(", next);
  }
}
