package dev.kelpie.model;

import dev.kelpie.model.architecture.ModelConfig;
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
  private static final String ATEN = "products_aten.py";

  private TrainScript() {}

  static TorchScript load() {
    return load(products());
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
   * The faster products on this processor: ATen's (MKL) on Intel; on AMD's Zen 4 (family 25) and
   * before oneDNN's forwards and ATen's backwards, which need no copies of transposes; on AMD's
   * later ones, whose wider units MKL does not use, oneDNN's. Read rather than measured, because a
   * run must pick the same ones every time to repeat bit for bit.
   */
  private static String products() {
    Path processors = Path.of("/proc/cpuinfo");
    if (System.getProperty("os.arch").equals("amd64") && Files.isReadable(processors)) {
      try (Stream<String> lines = Files.lines(processors)) {
        return products(lines.limit(64).toList());
      } catch (IOException e) {
        return ATEN; // all give the right numbers
      }
    }
    return ATEN;
  }

  /** The same by the lines of {@code /proc/cpuinfo}. */
  static String products(List<String> processor) {
    if (processor.stream().noneMatch(line -> line.contains("AuthenticAMD"))) {
      return ATEN;
    }
    boolean wide =
        processor.stream()
            .filter(line -> line.startsWith("cpu family"))
            .map(line -> line.replaceAll("\\D", ""))
            .anyMatch(family -> !family.isEmpty() && Integer.parseInt(family) > 25);
    return wide ? "products_onednn.py" : "products_mixed.py";
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
