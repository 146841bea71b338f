package dev.kelpie.experience;

/** The prompts of an experiment, addressable by position so that any step can be drawn again. */
public interface PromptSource {
  /** Number of prompts in one pass over the data. */
  long size();

  /**
   * The prompt at {@code position} of the endless sequence of passes; each pass is a permutation by
   * the run's seed. Pure: the same position always gives the same prompt.
   */
  Prompt at(long position);
}
