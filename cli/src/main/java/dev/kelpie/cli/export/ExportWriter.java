package dev.kelpie.cli.export;

import dev.kelpie.cli.export.ExportCommand.Dtype;
import dev.kelpie.config.ConfigException;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.wire.arrow.WeightHash;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes the files of an export, and reads them back as training would.
 *
 * @param dtype number format of the weights; narrowing rounds to the nearest, ties to even
 */
record ExportWriter(ExportSource source, Dtype dtype, Changes changes) {
  static final String CARD = "README.md";
  static final String CURVES = "curves.svg";

  /**
   * Writes into the empty folder {@code folder}.
   *
   * @throws CheckpointException when the policy or its tokenizer is broken
   * @throws ConfigException when a number does not exist in the number format
   */
  void write(Path folder) throws IOException {
    Path policy = source.policy();
    Tokenizer.open(policy).close();
    Optional<String> hash;
    try (Checkpoint weights = Checkpoint.open(policy)) {
      if (weights.config().labels() > 0) {
        throw new ConfigException(
            policy
                + ": "
                + weights.config().architecture()
                + " gives scores (expected: a model that writes text)");
      }
      weights.requireFinite();
      hash = hashToExpect(weights);
      Checkpoint.write(folder, weights, dtype.stored(), policy);
    }
    changes.apply(folder);
    check(folder, hash);
    Optional<RunNumbers> numbers = source.checkpoint().map(of -> RunNumbers.read(of.run()));
    Optional<String> curves = numbers.flatMap(CurvePicture::of);
    if (curves.isPresent()) {
      AtomicFile.write(folder.resolve(CURVES), curves.get());
    }
    String name = name(folder);
    AtomicFile.write(
        folder.resolve(CARD),
        new ModelCard(name, source, dtype, numbers, curves.isPresent()).text());
  }

  /** The part folder is called {@code .NAME.part-PID}. */
  private static String name(Path part) {
    return String.valueOf(part.getFileName()).replaceFirst("^\\.(.*)\\.part-\\d+$", "$1");
  }

  /** The hash that the written weights must have: the policy's, where no number is converted. */
  private Optional<String> hashToExpect(Checkpoint weights) {
    boolean kept =
        dtype == Dtype.FP32
            && weights.tensors().stream().allMatch(t -> t.dtype().equals(dtype.stored()));
    return kept ? Optional.of(WeightHash.of(weights)) : Optional.empty();
  }

  private void check(Path folder, Optional<String> hash) {
    Tokenizer.open(folder).close();
    ChatTemplate.open(folder);
    try (Checkpoint written = Checkpoint.open(folder)) {
      boolean kept = written.tensors().stream().allMatch(t -> t.dtype().equals(dtype.stored()));
      if (!kept) {
        throw new IllegalStateException(folder + ": not all tensors are " + dtype);
      }
      requireFinite(written);
      if (hash.isPresent() && !WeightHash.of(written).equals(hash.get())) {
        throw new IllegalStateException(
            folder + ": other weights than those of " + source.policy() + ", by their hash");
      }
    }
  }

  private void requireFinite(Checkpoint written) {
    try {
      written.requireFinite();
    } catch (CheckpointException e) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "--dtype: %s has no room for numbers of %s (expected: bf16 or fp32)",
              dtype.name().toLowerCase(Locale.ROOT),
              String.valueOf(e.getMessage()).replaceFirst("^.*?: ([^ :]+): .*$", "$1")));
    }
  }
}
