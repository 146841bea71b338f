package dev.kelpie.model;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import dev.kelpie.model.architecture.SequenceClassifier;
import dev.kelpie.model.architecture.TokenClassifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The weights of a Hugging Face checkpoint folder: {@code model.safetensors}, or shards with {@code
 * model.safetensors.index.json}. Strict: exactly the tensors that {@code config.json} calls for, of
 * its shapes, in F32, BF16 or F16; a tied head may be there too, if it is the embedding. Files stay
 * open until {@link #close}. Never reads pickles.
 */
public final class Checkpoint implements WeightSnapshot, AutoCloseable {
  /** The file of an adapter's settings, in PEFT's format. */
  public static final String ADAPTER_SETTINGS = "adapter_config.json";

  /** The file of an adapter's tensors. */
  public static final String ADAPTER_TENSORS = "adapter_model.safetensors";

  private static final List<String> DTYPES = List.of("F32", "BF16", "F16");
  private static final int CHUNK_BYTES = 1 << 20;

  /** A tensor of a file by the name that it has there. */
  record Stored(String name, SafetensorsFile file) {}

  private final ModelConfig config;
  private final List<SafetensorsFile> files;
  private final SortedMap<String, Stored> stored;
  private final List<Tensor> tensors;

  private Checkpoint(
      ModelConfig config,
      List<SafetensorsFile> files,
      SortedMap<String, Stored> stored,
      List<Tensor> tensors) {
    this.config = config;
    this.files = files;
    this.stored = stored;
    this.tensors = List.copyOf(tensors);
  }

  /**
   * Opens the checkpoint in {@code folder} and checks all names, types, shapes and lengths.
   *
   * @throws CheckpointException in one line, with file and tensor
   */
  public static Checkpoint open(Path folder) {
    ModelConfig config = ModelConfig.open(folder);
    ShardIndex index = ShardIndex.of(folder);
    List<SafetensorsFile> files = new ArrayList<>();
    try {
      SortedMap<String, SafetensorsFile> fileOf = new TreeMap<>();
      for (Path shard : index.files()) {
        SafetensorsFile file = SafetensorsFile.open(shard);
        files.add(file);
        for (String name : file.names()) {
          index.require(name, shard);
          fileOf.put(name, file);
        }
      }
      index.requireAll(fileOf.keySet());
      SortedMap<String, Stored> stored = stored(config, fileOf);
      return new Checkpoint(config, files, stored, tensors(folder, config, stored));
    } catch (Throwable e) {
      files.forEach(SafetensorsFile::close);
      throw e;
    }
  }

  /**
   * Writes {@code weights} as a checkpoint that transformers loads: one {@code model.safetensors},
   * or shards of at most 5 GB with their index.
   *
   * @param folder made if it is not there; files of an older checkpoint in it are replaced
   * @param dtype F32, BF16 or F16; numbers are rounded to the nearest, ties to even
   * @param source folder whose configuration and tokenizer files are copied
   */
  public static void write(Path folder, WeightSnapshot weights, String dtype, Path source) {
    new CheckpointWriter(folder, dtype, CheckpointWriter.SHARD_BYTES).write(weights, source);
  }

  /**
   * Writes the trunk and the score head {@code weights} as a reward model that transformers loads
   * by {@code AutoModelForSequenceClassification}, in float32.
   *
   * @param source folder of the language model, or reward model, that the trunk comes from
   * @param labels outputs of the score head
   * @param pad its padding token
   */
  public static void writeRewardModel(
      Path folder, WeightSnapshot weights, Path source, int labels, int pad) {
    String architecture = ModelConfig.open(source).architecture();
    new CheckpointWriter(
            folder,
            "F32",
            CheckpointWriter.SHARD_BYTES,
            config -> SequenceClassifier.describe(config, architecture, labels, pad),
            name -> name)
        .write(weights, source);
  }

  /**
   * Writes the trunk and the head {@code weights} as a process reward model that transformers loads
   * by {@code AutoModelForTokenClassification}, in float32.
   *
   * @param source folder of the language model, or process reward model, that the trunk comes from
   * @param labels outputs of the head
   */
  public static void writeProcessModel(
      Path folder, WeightSnapshot weights, Path source, int labels) {
    ModelConfig model = ModelConfig.open(source).withTokenScore(labels);
    new CheckpointWriter(
            folder,
            "F32",
            CheckpointWriter.SHARD_BYTES,
            config -> TokenClassifier.describe(config, model.architecture(), labels),
            model::stored)
        .write(weights, source);
  }

  /**
   * Writes the tensors {@code adapter} as an adapter that PEFT loads.
   *
   * @param dtype F32, BF16 or F16; numbers are rounded to the nearest, ties to even
   * @param settings the text of {@code adapter_config.json}
   * @param source folder whose configuration and tokenizer files are copied
   */
  public static void writeAdapter(
      Path folder, WeightSnapshot adapter, String dtype, String settings, Path source) {
    new CheckpointWriter(folder, dtype, CheckpointWriter.SHARD_BYTES)
        .writeAdapter(adapter, settings, source);
  }

  /** The configuration the weights were checked against. */
  public ModelConfig config() {
    return config;
  }

  /** The name {@code policy}. */
  @Override
  public String model() {
    return "policy";
  }

  /** Version 0. */
  @Override
  public PolicyVersion version() {
    return new PolicyVersion(0);
  }

  @Override
  public OptionalLong parent() {
    return OptionalLong.empty();
  }

  @Override
  public List<Tensor> tensors() {
    return tensors;
  }

  @Override
  public void read(Tensor tensor, int chunkBytes, ChunkSink sink) {
    Stored place = stored(tensor.name());
    place.file().read(place.name(), chunkBytes, sink);
  }

  private Stored stored(String tensor) {
    Stored place = stored.get(tensor);
    if (place == null) {
      throw new IllegalArgumentException(tensor + " is not in this checkpoint");
    }
    return place;
  }

  /** The tensors that are no buffers, by the names of parameters. */
  private static SortedMap<String, Stored> stored(
      ModelConfig config, SortedMap<String, SafetensorsFile> fileOf) {
    SortedMap<String, Stored> stored = new TreeMap<>();
    fileOf.forEach(
        (name, file) -> {
          String parameter = config.parameter(name);
          if (!config.isBuffer(name) && stored.put(parameter, new Stored(name, file)) != null) {
            throw CheckpointException.of(
                "%s: %s: there twice (expected: with its prefix or without)",
                file.path(), parameter);
          }
        });
    return stored;
  }

  /**
   * Reads all weights once.
   *
   * @throws CheckpointException naming the first tensor that holds a NaN or an infinity
   */
  public void requireFinite() {
    for (Tensor tensor : tensors) {
      long[] wrong = {0};
      read(tensor, CHUNK_BYTES, chunk -> wrong[0] += Dtypes.countNonFinite(chunk, tensor.dtype()));
      if (wrong[0] > 0) {
        throw CheckpointException.of(
            "%s: %s: %s of %s numbers are NaN or infinite (expected: finite)",
            stored(tensor.name()).file().path(), tensor.name(), wrong[0], tensor.elements());
      }
    }
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }

  private static List<Tensor> tensors(
      Path folder, ModelConfig config, SortedMap<String, Stored> stored) {
    SortedMap<String, List<Long>> expected = config.parameters();
    List<Tensor> tensors = new ArrayList<>();
    for (Map.Entry<String, List<Long>> parameter : expected.entrySet()) {
      Stored place = stored.get(parameter.getKey());
      if (place == null) {
        throw CheckpointException.of(
            "%s: %s: missing (expected: %s by config.json)",
            folder, parameter.getKey(), parameter.getValue());
      }
      tensors.add(tensor(parameter.getKey(), parameter.getValue(), place));
    }
    String embedding = config.names().embedding() + ".weight";
    for (Map.Entry<String, Stored> found : stored.entrySet()) {
      String name = found.getKey();
      if (config.tied() && name.equals(TiedHead.NAME)) {
        List<Long> shape = expected.getOrDefault(embedding, List.of());
        tensor(name, shape, found.getValue());
        TiedHead.requireEqual(
            found.getValue(), Objects.requireNonNull(stored.get(embedding), embedding));
      } else if (!expected.containsKey(name)) {
        throw CheckpointException.of(
            "%s: %s: not a parameter of %s by config.json",
            found.getValue().file().path(), found.getValue().name(), config.architecture());
      }
    }
    return tensors;
  }

  private static Tensor tensor(String name, List<Long> shape, Stored place) {
    SafetensorsFile file = place.file();
    if (!file.shape(place.name()).equals(shape)) {
      throw CheckpointException.of(
          "%s: %s: shape %s (expected: %s by config.json)",
          file.path(), place.name(), file.shape(place.name()), shape);
    }
    String dtype = file.dtype(place.name());
    if (!DTYPES.contains(dtype)) {
      throw CheckpointException.of(
          "%s: %s: dtype %s (expected: F32, BF16 or F16)", file.path(), place.name(), dtype);
    }
    return new Tensor(name, dtype, shape);
  }
}
