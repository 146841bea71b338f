package dev.kelpie.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.kelpie.config.RolloutOptions.Precision;
import dev.kelpie.tensors.InferenceScope;
import dev.kelpie.tensors.ScriptException;
import dev.kelpie.tensors.ScriptSource;
import dev.kelpie.tensors.TorchScript;
import java.util.List;

/**
 * The generation program with one of the interchangeable sources of matrix products.
 *
 * <p>Which one depends on the precision and on the platform's operators alone, never on a
 * measurement: two workers of one machine must compute the same bits.
 *
 * @param script the loaded program
 * @param halves whether weights are stored as bfloat16
 */
public record Kernels(TorchScript script, boolean halves) implements AutoCloseable {
  /**
   * Compiles the program; it serves any number of weight versions. AUTO is FP32: the only precision
   * whose log-probabilities equal the learner's.
   */
  public static Kernels load(Precision precision) {
    boolean halves = precision == Precision.BF16;
    if (precision == Precision.INT8) {
      return new Kernels(program("decode_gemm_int8.py"), false);
    }
    try {
      Kernels kernels = new Kernels(program("decode_gemm_onednn.py"), halves);
      if (!halves || kernels.packs()) {
        return kernels;
      }
      kernels.close();
    } catch (ScriptException e) { // this platform's libtorch is built without oneDNN
    }
    return aten(halves);
  }

  /** Whether these products exist on this processor: oneDNN has bfloat16 from AVX-512 on only. */
  private boolean packs() {
    try (InferenceScope scope = InferenceScope.open()) {
      NDArray weight = scope.manager().zeros(new Shape(16, 16)); // [N, K]
      script.run(scope, "pack", List.of(weight), halves);
      return true;
    } catch (ScriptException e) {
      return false;
    }
  }

  /** The program with the products that every platform has. */
  static Kernels aten(boolean halves) {
    return new Kernels(program("decode_gemm_aten.py"), halves);
  }

  /** Gives back the program; the models that use it must be closed before. */
  @Override
  public void close() {
    script.close();
  }

  private static TorchScript program(String products) {
    Class<?> owner = Kernels.class;
    return TorchScript.load(
        "Decode",
        List.of(
            ScriptSource.resource(owner, "decode.py"),
            ScriptSource.resource(owner, "shape.py"),
            ScriptSource.resource(owner, "decode_weights.py"),
            ScriptSource.resource(owner, "decode_layer.py"),
            ScriptSource.resource(owner, "decode_attention.py"),
            ScriptSource.resource(owner, "decode_experts.py"),
            ScriptSource.resource(owner, "sampling.py"),
            ScriptSource.resource(owner, products, "gemm")));
  }
}
