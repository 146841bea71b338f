package dev.kelpie.model;

import dev.kelpie.tensors.ScriptSource;
import dev.kelpie.tensors.TorchScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Loads the training script with the matrix products that suit this machine. */
final class TrainScript {
  private TrainScript() {}

  static TorchScript load() {
    return load(onednn() ? "products_onednn.py" : "products_aten.py");
  }

  static TorchScript load(String products) {
    List<ScriptSource> sources =
        Stream.of("train.py", "layers.py", "attention.py", "vocabulary.py")
            .map(file -> ScriptSource.resource(TrainScript.class, file))
            .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
    sources.add(ScriptSource.resource(TrainScript.class, products, "products"));
    return TorchScript.load("Train", sources);
  }

  /**
   * Whether oneDNN is the faster one: on AMD processors, where ATen's GEMM (MKL) is slow. Read
   * rather than measured, because a run must pick the same one every time to repeat bit for bit.
   */
  private static boolean onednn() {
    Path processors = Path.of("/proc/cpuinfo");
    if (!System.getProperty("os.arch").equals("amd64") || !Files.isReadable(processors)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(processors)) {
      return lines.limit(64).anyMatch(line -> line.contains("AuthenticAMD"));
    } catch (IOException e) {
      return false; // both give the right numbers
    }
  }

  /** The {@code shape} of train.py. */
  static long[] shape(ModelConfig config) {
    Set<Integer> windows = new LinkedHashSet<>(config.windows());
    List<Integer> kinds = new ArrayList<>(windows);
    List<Integer> shape = new ArrayList<>();
    shape.addAll(
        List.of(config.layers(), config.heads(), config.keyValueHeads(), config.headSize()));
    shape.add(kinds.size());
    shape.addAll(kinds);
    for (int layer = 0; layer < config.layers(); layer++) {
      shape.add(config.rope().layers().get(layer) ? 1 : 0);
      shape.add(kinds.indexOf(config.windows().get(layer)));
    }
    return shape.stream().mapToLong(Integer::longValue).toArray();
  }
}
