package dev.kelpie.tensors;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/**
 * A TorchScript program of one or more source files, packed in memory and loaded by libtorch.
 *
 * <p>The first file holds a class without attributes whose methods are what Java calls:
 *
 * <pre>
 * class Decoder(Module):
 *   __parameters__ = []
 *   __buffers__ = []
 *   training : bool
 *   def decode(self, tokens: Tensor, weights: List[Tensor], steps: int) -> Tensor: ...
 * </pre>
 */
public final class TorchScript implements AutoCloseable {
  private final String name;
  private final String mainFile;
  private final InferenceScope owner;
  private final PtSymbolBlock block;

  private TorchScript(String name, String mainFile, InferenceScope owner, PtSymbolBlock block) {
    this.name = name;
    this.mainFile = mainFile;
    this.owner = owner;
    this.block = block;
  }

  /**
   * Compiles a program.
   *
   * @param name the class in the first source
   * @param sources the files, the one with the class first
   * @throws ScriptException with file and line when it does not compile, which includes operators
   *     this platform lacks
   */
  public static TorchScript load(String name, List<ScriptSource> sources) {
    byte[] archive = ScriptArchive.pack(name, sources);
    String mainFile = sources.get(0).name();
    InferenceScope owner = InferenceScope.open();
    try {
      JniUtils.setGraphExecutorOptimize(false);
      PtSymbolBlock block =
          JniUtils.loadModule(
              (PtNDManager) owner.manager(), new ByteArrayInputStream(archive), true, false);
      return new TorchScript(name, mainFile, owner, block);
    } catch (EngineException e) {
      owner.close();
      throw new ScriptException(name, mainFile, e);
    } catch (IOException e) {
      owner.close();
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Calls a method in inference mode. What it returns cannot enter a graph until it is duplicated.
   *
   * @param scope owns the results
   * @param arguments each an {@link NDArray} (Tensor), a list of them or an {@link NDList}
   *     (List[Tensor]), an integer (int), a floating-point number (float), a boolean (bool), a
   *     {@code long[]} (List[int]), a {@code double[]} (List[float]) or a string (str)
   * @return the tensors of the result, tuples and lists flattened; empty for None
   */
  public NDList run(TensorScope scope, String method, Object... arguments) {
    JniUtils.setGraphExecutorOptimize(false); // a setting of the calling thread
    IValue[] values = new IValue[arguments.length];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = value(method, i, arguments[i]);
      }
      try (IValue result = IValueUtils.runMethod(block, method, values)) {
        return result.getType().equals("NoneType")
            ? new NDList()
            : result.toNDList((PtNDManager) scope.manager());
      }
    } catch (EngineException e) {
      throw new ScriptException(name + "." + method, mainFile, e);
    } finally {
      for (IValue value : values) {
        if (value != null) {
          value.close();
        }
      }
    }
  }

  private static IValue value(String method, int index, Object argument) {
    if (argument instanceof PtNDArray tensor) {
      return IValue.from(tensor);
    }
    if (argument instanceof List<?> list) {
      return IValue.listFrom(list.toArray(PtNDArray[]::new));
    }
    if (argument instanceof Integer || argument instanceof Long) {
      return IValue.from(((Number) argument).longValue());
    }
    if (argument instanceof Float || argument instanceof Double) {
      return IValue.from(((Number) argument).doubleValue());
    }
    if (argument instanceof Boolean flag) {
      return IValue.from(flag);
    }
    if (argument instanceof long[] numbers) {
      return IValue.listFrom(numbers);
    }
    if (argument instanceof double[] numbers) {
      return IValue.listFrom(numbers);
    }
    if (argument instanceof String text) {
      return IValue.from(text);
    }
    throw new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "argument %d of %s: %s (expected: tensor, list of tensors, number or boolean)",
            index,
            method,
            argument.getClass().getName()));
  }

  @Override
  public void close() {
    block.close();
    owner.close();
  }
}
