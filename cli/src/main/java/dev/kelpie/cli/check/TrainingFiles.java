package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DataOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.named.Members;
import dev.kelpie.config.named.MixOptions;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.rollout.DataFile;
import dev.kelpie.rollout.JsonlPromptSource;
import dev.kelpie.rollout.MixedPrompts;
import dev.kelpie.rollout.ReadOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/** The files of training prompts: {@code data.path}, and those of {@code data.mix}. */
public final class TrainingFiles implements AutoCloseable {
  static final String FIRST = "data.path";

  private final Map<String, JsonlPromptSource> files = new LinkedHashMap<>();
  private final List<MixedPrompts.Part> parts = new ArrayList<>();
  private final long seed;

  private TrainingFiles(long seed) {
    this.seed = seed;
  }

  /**
   * Reads and checks all of them; the caller closes them.
   *
   * @throws dev.kelpie.config.ConfigException in one line, on a row or a response that cannot be
   *     used
   */
  static TrainingFiles open(Experiment experiment, ReadOptions options) {
    Map<String, MixOptions> mix = MixOptions.all(experiment);
    long seed = experiment.run().seed();
    if (!mix.isEmpty()) {
      requireNoFiles(experiment);
    }
    TrainingFiles training = new TrainingFiles(seed);
    try {
      ReadOptions kept = PassRates.filtering(experiment, options);
      training.add(FIRST, "", 1, MemberInputs.train(experiment, experiment.data(), seed, kept));
      mix.forEach(
          (name, file) -> {
            String key = "data.mix." + name + ".path";
            requireFile(experiment, name, file.path());
            DataOptions data = experiment.data().ofFile(file.path(), file.format());
            training.add(
                key,
                name,
                file.weight(),
                MemberInputs.train(experiment, data, seedOf(seed, name), kept.named(key)));
          });
      return training;
    } catch (RuntimeException e) {
      training.close();
      throw e;
    }
  }

  /** Responses of files are found by the ids of prompts, which a mix changes. */
  private static void requireNoFiles(Experiment experiment) {
    Members.of(experiment)
        .given()
        .forEach(
            (name, member) -> {
              if (!member.path().isEmpty()) {
                throw new ConfigException(
                    "members."
                        + name
                        + ".path: "
                        + member.path()
                        + " (expected: none with data.mix, whose names stand before the ids by"
                        + " which responses are found)");
              }
            });
  }

  private static void requireFile(Experiment experiment, String name, String path) {
    if (!Files.isRegularFile(Path.of(path))) {
      throw Objects.requireNonNull(experiment.data().mix().get(name))
          .error("path", RunFolder.shown(Path.of(path)), "a file of rows");
    }
  }

  /** Another order for each file; that of a file does not depend on which others there are. */
  private static long seedOf(long seed, String name) {
    long hash = 0xCBF29CE484222325L; // FNV-1a
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001B3L;
    }
    return new SplittableRandom(seed ^ hash).nextLong();
  }

  private void add(String key, String name, double weight, JsonlPromptSource prompts) {
    files.put(key, prompts);
    parts.add(new MixedPrompts.Part(name, prompts, weight));
  }

  /** The prompts of {@code data.path}. */
  public JsonlPromptSource first() {
    return parts.get(0).prompts();
  }

  /** All files by the key that names them, {@code data.path} first. */
  public Map<String, JsonlPromptSource> all() {
    return Collections.unmodifiableMap(files);
  }

  /** The prompts of all files in the order of training. */
  public MixedPrompts prompts() {
    return new MixedPrompts(parts, seed);
  }

  /** The files that a later start compares, by the key that names them. */
  Map<String, DataFile> compared() {
    Map<String, DataFile> compared = new LinkedHashMap<>(files);
    files.values().forEach(file -> compared.putAll(file.others()));
    return compared;
  }

  /** What each file has of a step, where there are several. */
  List<String> notes(Experiment experiment) {
    List<String> notes = new ArrayList<>();
    if (files.size() > 1) {
      long drawn = experiment.run().steps() * experiment.rollout().promptsPerStep();
      MixedPrompts prompts = prompts();
      int k = 0;
      for (Map.Entry<String, JsonlPromptSource> file : files.entrySet()) {
        double share = prompts.share(k++);
        notes.add(
            String.format(
                Locale.ROOT,
                "%s: %.1f %% of the prompts; %d prompts, which %d steps take %.2f times",
                file.getKey(),
                100 * share,
                file.getValue().size(),
                experiment.run().steps(),
                share * drawn / file.getValue().size()));
      }
    }
    return notes;
  }

  @Override
  public void close() {
    files.values().forEach(JsonlPromptSource::close);
  }
}
