package dev.kelpie.learner.scoring;

import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.named.ModelOptions;
import java.util.Comparator;
import java.util.Locale;

/**
 * Where the weights of a model come from. Models of the same source are one in memory.
 *
 * @param path folder of a checkpoint; empty for the policy
 */
record ModelSource(Kind kind, String path) implements Comparable<ModelSource> {
  private static final Comparator<ModelSource> ORDER =
      Comparator.comparing(ModelSource::kind).thenComparing(ModelSource::path);

  enum Kind {
    /** The reference policy, which follows the policy by a schedule of its own. */
    REFERENCE,
    CHECKPOINT,
    INITIAL,
    CURRENT,
    PREVIOUS;

    /** Name of the file of its state. */
    String file() {
      return name().toLowerCase(Locale.ROOT) + ".safetensors";
    }
  }

  static ModelSource of(ModelOptions model) {
    return model
        .iterate()
        .map(iterate -> new ModelSource(Kind.valueOf(iterate.name()), ""))
        .orElseGet(() -> new ModelSource(Kind.CHECKPOINT, model.path()));
  }

  /** The source of a reference that is a model of its own. */
  static ModelSource ofReference(ReferenceOptions reference) {
    if (reference.schedule().moves()) {
      return new ModelSource(Kind.REFERENCE, reference.path());
    }
    return reference.path().isEmpty()
        ? new ModelSource(Kind.INITIAL, "")
        : new ModelSource(Kind.CHECKPOINT, reference.path());
  }

  /** Whether published versions change it. */
  boolean moves() {
    return kind == Kind.REFERENCE || kind == Kind.CURRENT || kind == Kind.PREVIOUS;
  }

  @Override
  public int compareTo(ModelSource other) {
    return ORDER.compare(this, other);
  }
}
