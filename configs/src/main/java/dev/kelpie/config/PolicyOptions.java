package dev.kelpie.config;

/** The policy at the start. */
public record PolicyOptions(
    @Doc("checkpoint folder in Hugging Face's format") String path,
    @Doc("where the first weights come from; random reads only config and tokenizer") Init init) {
  public static final PolicyOptions DEFAULTS = new PolicyOptions("", Init.CHECKPOINT);

  /** Source of the first weights. */
  public enum Init {
    CHECKPOINT,
    RANDOM
  }
}
