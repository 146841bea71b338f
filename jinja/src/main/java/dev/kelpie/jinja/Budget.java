package dev.kelpie.jinja;

/**
 * Limits of one rendering, so that a template made by somebody else ends, and ends soon, without
 * filling the heap. A template that needs more is refused.
 *
 * <p>A step is a tag, an operator, a call, a filter, a test, a member, a turn of a loop or a
 * comparison inside one of these; reading long text takes one more step for each {@value
 * #CHARACTERS_OF_A_STEP} characters, and arithmetic one more for each {@value #BITS_OF_A_STEP} bits
 * of its whole numbers.
 */
final class Budget {
  static final int MOST_STEPS = 5_000_000;
  static final int MOST_CHARACTERS = 1 << 25;
  static final int MOST_ITEMS = 2_000_000;
  static final int MOST_DEPTH = 1000;
  static final int MOST_BITS = 1 << 14;

  private static final int CHARACTERS_OF_A_STEP = 256;
  private static final int BITS_OF_A_STEP = 128;

  private final int mostSteps;
  private long steps;
  private long characters;
  private long items;
  private int depth;

  Budget() {
    this(MOST_STEPS);
  }

  Budget(int mostSteps) {
    this.mostSteps = mostSteps;
  }

  /** Counts one step. */
  void step() {
    steps(1);
  }

  /** Counts {@code count} steps. */
  void steps(long count) {
    steps += count;
    if (steps > mostSteps) {
      throw TemplateException.of("more than %s steps (expected: a template that ends)", mostSteps);
    }
  }

  /** Counts text that is read. */
  void read(long length) {
    steps(length / CHARACTERS_OF_A_STEP);
  }

  /** Counts text that is about to be made. */
  void text(long length) {
    characters += length;
    if (characters > MOST_CHARACTERS) {
      throw TemplateException.of(
          "makes more than %s characters of text (expected: a text that a model can read)",
          MOST_CHARACTERS);
    }
    read(length);
  }

  /** {@code made}, its text counted. */
  String made(String made) {
    text(made.length());
    return made;
  }

  /** Counts items of lists, dicts and the like that are about to be made. */
  void items(long count) {
    items += count;
    if (items > MOST_ITEMS) {
      throw TemplateException.of(
          "makes lists of more than %s items in all (expected: fewer)", MOST_ITEMS);
    }
    steps(count / 16);
  }

  /** Counts arithmetic on whole numbers of {@code bits} bits together. */
  void number(long bits) {
    steps(bits / BITS_OF_A_STEP);
  }

  /** Checks the size of a whole number of {@code bits} bits that is about to be made. */
  static void requireBits(long bits) {
    if (bits > MOST_BITS) {
      throw TemplateException.of("a number of more than %s bits (expected: fewer)", MOST_BITS);
    }
  }

  /** Goes {@code levels} deeper; {@link #leave} goes back. */
  void enter(int levels) {
    depth += levels;
    if (depth > MOST_DEPTH) {
      throw tooDeep();
    }
  }

  void leave(int levels) {
    depth -= levels;
  }

  /** Steps so far. */
  long steps() {
    return steps;
  }

  /** Characters made so far. */
  long characters() {
    return characters;
  }

  /** Items made so far. */
  long items() {
    return items;
  }

  static TemplateException tooDeep() {
    return TemplateException.of(
        "nests or recurs too deeply (expected: macros, loops and values that end)");
  }
}
