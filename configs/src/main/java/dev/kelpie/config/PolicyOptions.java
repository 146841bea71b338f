package dev.kelpie.config;

import java.util.List;

/** The policy at the start. */
public record PolicyOptions(
    @Doc("checkpoint folder in Hugging Face's format") String path,
    @Doc("where the first weights come from; random reads only config and tokenizer") Init init,
    Lora lora) {
  public static final PolicyOptions DEFAULTS =
      new PolicyOptions("", Init.CHECKPOINT, Lora.DEFAULTS);

  public PolicyOptions {
    Require.that(
        !lora.used() || init == Init.CHECKPOINT,
        "init: random (expected: checkpoint, because policy.lora adapts a trained model)");
  }

  /** Source of the first weights. */
  public enum Init {
    CHECKPOINT,
    RANDOM
  }

  /** A low-rank adapter, which is trained in the place of the policy's own weights. */
  public record Lora(
      @Doc("folder of an adapter in PEFT's format to start from; empty: a fresh one, if any")
          String path,
      @Doc("rank of a fresh adapter; 0: none") int rank,
      @Doc("numerator of a fresh adapter's factor, alpha / rank") double alpha,
      @Doc(
              "projections with a fresh adapter: names such as q_proj, or all-linear, or one"
                  + " regular expression of their paths")
          List<String> targets,
      @Doc("whether a fresh adapter's factor is alpha / sqrt(rank)") boolean rslora,
      @Doc("probability that an input of a fresh adapter counts as 0 in training") double dropout,
      @Doc("modules that are trained in full beside a fresh adapter: embed_tokens, lm_head")
          List<String> modulesToSave) {
    public static final Lora DEFAULTS =
        new Lora("", 0, 16, List.of("all-linear"), false, 0, List.of());

    public Lora {
      targets = List.copyOf(targets);
      modulesToSave = List.copyOf(modulesToSave);
      Require.atLeast("rank", rank, 0);
      Require.positive("alpha", alpha);
      Require.that(dropout >= 0 && dropout < 1, "dropout: %s (expected: in [0, 1))", dropout);
      Require.that(
          path.isEmpty() || dropout == 0,
          "dropout: %s (expected: 0, because the adapter of policy.lora.path has its own)",
          dropout);
      Require.that(
          path.isEmpty() || modulesToSave.isEmpty(),
          "modules-to-save: %s (expected: [], because the adapter of policy.lora.path has its own)",
          modulesToSave);
      Require.that(!targets.isEmpty(), "targets: [] (expected: at least one)");
      Require.that(
          path.isEmpty() || rank == 0,
          "rank: %s (expected: 0, because the adapter of policy.lora.path has its own)",
          rank);
    }

    /** Whether the policy has an adapter. */
    public boolean used() {
      return rank > 0 || !path.isEmpty();
    }
  }
}
