package dev.kelpie.jinja;

/**
 * Limits of one rendering, so that a template made by somebody else ends, and ends soon, without
 * filling the heap. A template that needs more is refused.
 *
 * <p>A step is a tag, an operator, a name, a call, a filter, a test, a member or a comparison
 * inside one of these; a turn of a loop takes three. Larger work takes more, in proportion: one
 * step for each {@value #CHARACTERS_OF_A_STEP} characters that are read, for each {@value
 * #ITEMS_OF_A_STEP} items of lists, and for each {@value #PRODUCTS_OF_A_STEP} products of 32 bits
 * in arithmetic on large numbers. So a step takes less than 100 ns, whatever the template does.
 *
 * <p>The limits grow with what the template is given: with its text, and with the square of its
 * longest list, because a template may go through all messages for each message. They grow up to a
 * ceiling, which is what a template takes that never ends.
 */
final class Budget {
  /** What a template may take that is given nothing. */
  static final int STEPS = 5_000_000;

  static final int CHARACTERS = 1 << 25;
  static final int ITEMS = 2_000_000;

  /** What a template may take at most. */
  static final int MOST_STEPS = 64_000_000;

  static final int MOST_CHARACTERS = 1 << 28;
  static final int MOST_ITEMS = 16_000_000;

  static final int STEPS_PER_CHARACTER = 32;
  static final int CHARACTERS_PER_CHARACTER = 32;
  static final int ITEMS_PER_CHARACTER = 4;

  /** Per pair of items of the longest list. */
  static final int STEPS_PER_PAIR = 16;

  static final int ITEMS_PER_PAIR = 2;

  static final int MOST_DEPTH = 1000;
  static final int MOST_BITS = 1 << 14;

  private static final int CHARACTERS_OF_A_STEP = 32;
  private static final int ITEMS_OF_A_STEP = 4;
  private static final int PRODUCTS_OF_A_STEP = 64;

  private long givenCharacters;
  private long longestList;
  private long mostSteps = STEPS;
  private long mostCharacters = CHARACTERS;
  private long mostItems = ITEMS;
  private long steps;
  private long characters;
  private long items;
  private int depth;

  /** Counts text that the template is given; the limits grow with it. */
  void givenText(long length) {
    givenCharacters += length;
    grow();
  }

  /** Counts a list that the template is given; the limits grow with the longest. */
  void givenList(int size) {
    longestList = Math.max(longestList, size);
    grow();
  }

  private void grow() {
    long pairs = longestList * longestList;
    mostSteps =
        Math.min(
            MOST_STEPS, STEPS + STEPS_PER_CHARACTER * givenCharacters + STEPS_PER_PAIR * pairs);
    mostCharacters =
        Math.min(MOST_CHARACTERS, CHARACTERS + CHARACTERS_PER_CHARACTER * givenCharacters);
    mostItems =
        Math.min(
            MOST_ITEMS, ITEMS + ITEMS_PER_CHARACTER * givenCharacters + ITEMS_PER_PAIR * pairs);
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
    if (characters > mostCharacters) {
      throw TemplateException.of(
          "makes more than %s characters of text (expected: a text that a model can read)",
          mostCharacters);
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
    if (items > mostItems) {
      throw TemplateException.of(
          "makes lists of more than %s items in all (expected: fewer)", mostItems);
    }
    steps((count + ITEMS_OF_A_STEP - 1) / ITEMS_OF_A_STEP);
  }

  /** Counts arithmetic that multiplies a number of {@code a} bits by one of {@code b} bits. */
  void number(long a, long b) {
    steps((a / 32) * (b / 32) / PRODUCTS_OF_A_STEP);
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

  /** Share of the limit of steps that is used. */
  double stepsUsed() {
    return (double) steps / mostSteps;
  }

  /** Share of the limit of characters that is used. */
  double charactersUsed() {
    return (double) characters / mostCharacters;
  }

  /** Share of the limit of items that is used. */
  double itemsUsed() {
    return (double) items / mostItems;
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
