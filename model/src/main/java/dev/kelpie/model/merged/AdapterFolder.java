package dev.kelpie.model.merged;

import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Dtypes;
import dev.kelpie.model.SafetensorsFile;
import dev.kelpie.model.adapter.AdapterConfig;
import dev.kelpie.model.adapter.AdapterModules;
import dev.kelpie.model.adapter.AdapterWeights;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.model.architecture.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A low-rank adapter in PEFT's format: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}. Strict: exactly the tensors that the settings call for on a given
 * base, of their shapes, in F32, BF16 or F16.
 */
public final class AdapterFolder implements WeightSnapshot, AutoCloseable {
  private final AdapterSettings settings;
  private final SafetensorsFile file;
  private final List<Tensor> tensors;

  private AdapterFolder(AdapterSettings settings, SafetensorsFile file) {
    this.settings = settings;
    this.file = file;
    this.tensors =
        file.names().stream()
            .map(name -> new Tensor(name, file.dtype(name), file.shape(name)))
            .toList();
  }

  /** Whether {@code folder} holds an adapter. */
  public static boolean is(Path folder) {
    return Files.exists(folder.resolve(Checkpoint.ADAPTER_SETTINGS));
  }

  /** The settings of the adapter in {@code folder}. */
  public static AdapterConfig config(Path folder) {
    return AdapterSettings.read(folder).config();
  }

  /**
   * The base that the adapter in {@code folder} names: a path relative to that folder, or to the
   * working folder.
   *
   * @throws CheckpointException if there is no such folder
   */
  public static Path base(Path folder) {
    String named = AdapterSettings.read(folder).base();
    for (Path base : List.of(folder.resolve(named), Path.of(named).toAbsolutePath())) {
      if (!named.isEmpty() && Files.exists(base.resolve("config.json"))) {
        return base.normalize();
      }
    }
    throw CheckpointException.of(
        "%s: base_model_name_or_path: %s (expected: the folder of the base)",
        folder.resolve(Checkpoint.ADAPTER_SETTINGS), named.isEmpty() ? "missing" : named);
  }

  /**
   * Opens the adapter in {@code folder}.
   *
   * @param base the model that it belongs to
   * @throws CheckpointException in one line, with file and tensor
   */
  public static AdapterFolder open(Path folder, ModelConfig base) {
    AdapterSettings settings = AdapterSettings.read(folder);
    SafetensorsFile file = SafetensorsFile.open(folder.resolve(Checkpoint.ADAPTER_TENSORS));
    try {
      AdapterFolder adapter = new AdapterFolder(settings, file);
      adapter.requireFits(folder, base);
      return adapter;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void requireFits(Path folder, ModelConfig base) {
    AdapterModules modules;
    try {
      modules = AdapterModules.of(base, settings.config());
    } catch (CheckpointException e) {
      Path json = folder.resolve(Checkpoint.ADAPTER_SETTINGS);
      throw new CheckpointException(json + ": " + e.getMessage(), e);
    }
    SortedMap<String, List<Long>> found = new TreeMap<>();
    tensors.forEach(tensor -> found.put(tensor.name(), tensor.shape()));
    Optional<String> difference = modules.difference(found);
    if (difference.isPresent()) {
      throw new CheckpointException(
          file.path() + ": " + difference.get() + "; is it an adapter of another base?");
    }
    for (Tensor tensor : tensors) {
      if (!List.of("F32", "BF16", "F16").contains(tensor.dtype())) {
        throw CheckpointException.of(
            "%s: %s: dtype %s (expected: F32, BF16 or F16)",
            file.path(), tensor.name(), tensor.dtype());
      }
      long[] wrong = {0};
      read(tensor, 1 << 20, chunk -> wrong[0] += Dtypes.countNonFinite(chunk, tensor.dtype()));
      if (wrong[0] > 0) {
        throw CheckpointException.of(
            "%s: %s: %s of %s numbers are NaN or infinite (expected: finite)",
            file.path(), tensor.name(), wrong[0], tensor.elements());
      }
    }
  }

  /**
   * Writes {@code adapter} as a folder that PEFT loads, in float32.
   *
   * @param weights its tensors
   * @param base folder of the base, whose configuration and tokenizer files are copied
   */
  public static void write(Path folder, WeightSnapshot weights, AdapterConfig config, Path base) {
    WeightSnapshot plain =
        weights instanceof AdapterWeights adapter ? adapter.tensorsOnly() : weights;
    Checkpoint.writeAdapter(
        folder, plain, "F32", new AdapterSettings(config, base.toString()).text(), base);
  }

  /**
   * Writes this adapter as a folder of its own that PEFT loads.
   *
   * @param dtype F32, BF16 or F16; numbers are rounded to the nearest, ties to even
   * @param base folder of the base, whose configuration and tokenizer files are copied
   * @param name what the settings call the base: its folder, or its name on a model hub
   */
  public void write(Path folder, String dtype, Path base, String name) {
    AdapterSettings named = new AdapterSettings(config(), name);
    Checkpoint.writeAdapter(folder, this, dtype, named.text(), base);
  }

  /** Its settings. */
  public AdapterConfig config() {
    return settings.config();
  }

  /** The weights with their factor. */
  public AdapterWeights weights() {
    return new AdapterWeights(this, config().scale(), "");
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
    file.read(tensor.name(), chunkBytes, sink);
  }

  @Override
  public void close() {
    file.close();
  }
}
