package dev.kelpie.cli.export;

import dev.kelpie.cli.export.ExportCommand.Dtype;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.ChatTemplate;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.merged.AdapterFolder;
import dev.kelpie.model.merged.PolicyWeights;
import dev.kelpie.wire.arrow.WeightHash;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Writes the files of an export, and reads them back as training would.
 *
 * @param dtype number format of the weights; narrowing rounds to the nearest, ties to even
 * @param adapter what the base is called where an adapter is written; empty: whole weights, with
 *     the adapter merged in if there is one
 */
record ExportWriter(ExportSource source, Dtype dtype, Changes changes, Optional<String> adapter) {
  static final String CARD = "README.md";
  static final String CURVES = "curves.svg";

  /**
   * Writes into the empty folder {@code folder}.
   *
   * @throws CheckpointException when the policy or its tokenizer is broken
   * @throws ConfigException when a number does not exist in the number format
   */
  void write(Path folder) throws IOException {
    Tokenizer.open(source.policy()).close();
    Optional<String> hash = adapter.isPresent() ? writeAdapter(folder) : writeWeights(folder);
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
        new ModelCard(name, source, dtype, adapter, numbers, curves.isPresent()).text());
  }

  /** Writes the whole weights; returns the hash that they must have when they are read again. */
  private Optional<String> writeWeights(Path folder) {
    Path model = source.base().orElse(source.policy());
    Optional<Path> merged = source.base().map(any -> source.policy());
    try (Checkpoint weights = Checkpoint.open(model)) {
      if (weights.config().labels() > 0) {
        throw new ConfigException(
            model
                + ": "
                + weights.config().architecture()
                + " gives scores (expected: a model that writes text)");
      }
      weights.requireFinite();
    }
    try (PolicyWeights weights = PolicyWeights.open(model, merged)) {
      Checkpoint.write(folder, weights, dtype.stored(), model);
      return hashToExpect(weights);
    }
  }

  private Optional<String> writeAdapter(Path folder) {
    Path base = source.base().orElseThrow();
    try (AdapterFolder weights = AdapterFolder.open(source.policy(), ModelConfig.open(base))) {
      weights.write(folder, dtype.stored(), base, adapter.orElseThrow());
      return hashToExpect(weights);
    }
  }

  /** The part folder is called {@code .NAME.part-PID}. */
  private static String name(Path part) {
    return String.valueOf(part.getFileName()).replaceFirst("^\\.(.*)\\.part-\\d+$", "$1");
  }

  /** The hash that the written weights must have: the policy's, where no number is converted. */
  private Optional<String> hashToExpect(WeightSnapshot weights) {
    boolean kept =
        dtype == Dtype.FP32
            && weights.tensors().stream().allMatch(t -> t.dtype().equals(dtype.stored()));
    return kept ? Optional.of(WeightHash.of(weights)) : Optional.empty();
  }

  private void check(Path folder, Optional<String> hash) {
    Tokenizer.open(folder).close();
    ChatTemplate.open(folder);
    if (adapter.isPresent()) {
      try (AdapterFolder written = finite(() -> reopened(folder))) {
        check(folder, hash, written);
      }
    } else {
      try (Checkpoint written = Checkpoint.open(folder)) {
        finite(
            () -> {
              written.requireFinite();
              return true;
            });
        check(folder, hash, written);
      }
    }
  }

  private AdapterFolder reopened(Path folder) {
    return AdapterFolder.open(folder, ModelConfig.open(source.base().orElseThrow()));
  }

  private void check(Path folder, Optional<String> hash, WeightSnapshot written) {
    if (!written.tensors().stream().allMatch(t -> t.dtype().equals(dtype.stored()))) {
      throw new IllegalStateException(folder + ": not all tensors are " + dtype);
    }
    if (hash.isPresent() && !WeightHash.of(written).equals(hash.get())) {
      throw new IllegalStateException(
          folder + ": other weights than those of " + source.policy() + ", by their hash");
    }
  }

  /** What {@code reading} returns; it throws where a number became infinite. */
  private <T> T finite(Supplier<T> reading) {
    try {
      return reading.get();
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
