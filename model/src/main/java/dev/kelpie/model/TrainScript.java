package dev.kelpie.model;

import dev.kelpie.model.training.CpuFacts;
import dev.kelpie.tensors.ScriptSource;
import dev.kelpie.tensors.TorchScript;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Loads the training script with the matrix products that suit this machine. */
final class TrainScript {
  private static final String ATEN = "train_gemm_aten.py";

  private TrainScript() {}

  static TorchScript load() {
    return load(products());
  }

  static TorchScript load(String products) {
    List<ScriptSource> sources =
        Stream.of(
                "train.py",
                "shape.py",
                "train_weights.py",
                "train_products.py",
                "train_adapter.py",
                "train_embedding.py",
                "train_layer.py",
                "train_norm.py",
                "train_mlp.py",
                "train_experts.py",
                "train_attention.py",
                "train_capped.py",
                "train_vocabulary.py")
            .map(file -> ScriptSource.resource(TrainScript.class, file))
            .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
    sources.add(ScriptSource.resource(TrainScript.class, products, "gemm"));
    return TorchScript.load("Train", sources);
  }

  /**
   * Chooses the fastest products for this processor: ATen's (MKL) on Intel; on AMD's Zen 4 (family
   * 25) and before oneDNN's forwards and ATen's backwards, which need no copies of transposes; on
   * AMD's later ones, whose wider units MKL does not use, oneDNN's. Read from the processor rather
   * than measured, because a run must pick the same ones every time to repeat bit for bit.
   */
  private static String products() {
    return System.getProperty("os.arch").equals("amd64") ? products(CpuFacts.lines()) : ATEN;
  }

  /** The choice by the lines of {@code /proc/cpuinfo}. */
  static String products(List<String> processor) {
    if (processor.stream().noneMatch(line -> line.contains("AuthenticAMD"))) {
      return ATEN;
    }
    boolean wide =
        processor.stream()
            .filter(line -> line.startsWith("cpu family"))
            .map(line -> line.replaceAll("\\D", ""))
            .anyMatch(family -> !family.isEmpty() && Integer.parseInt(family) > 25);
    return wide ? "train_gemm_onednn.py" : "train_gemm_mixed.py";
  }
}
