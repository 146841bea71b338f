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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
   *     {@code long[]} (List[int]) or a string (str)
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

  /**
   * Calls a method and records the graph of what it computes from tensors that require gradients.
   *
   * @param scope owns the results
   * @param arguments each an {@link NDArray} (Tensor), a non-empty list of them (List[Tensor]), or
   *     a number or boolean, which arrives as a Tensor without dimensions: the script unpacks it by
   *     {@code int(x)}, {@code float(x)}, {@code bool(x)}
   * @return the tensors of the result, tuples and lists flattened
   */
  public NDList forward(TrainingScope scope, String method, Object... arguments) {
    JniUtils.setGraphExecutorOptimize(false);
    NDList inputs = new NDList();
    NDArray marker = scope.manager().create(0); // the results belong to the first input's manager
    marker.setName("module_method:" + method);
    inputs.add(marker);
    List<NDArray> renamed = new ArrayList<>();
    List<@Nullable String> names = new ArrayList<>();
    try {
      for (int i = 0; i < arguments.length; i++) {
        if (arguments[i] instanceof List<?> list) {
          for (Object element : list) {
            add(inputs, (NDArray) element, "a" + i + "[]", renamed, names);
          }
        } else {
          add(inputs, tensor(scope, method, i, arguments[i]), null, renamed, names);
        }
      }
      return IValueUtils.forward(block, inputs, true);
    } catch (EngineException e) {
      throw new ScriptException(name + "." + method, mainFile, e);
    } finally {
      for (int i = renamed.size() - 1; i >= 0; i--) { // backwards: an array may occur twice
        renamed.get(i).setName(names.get(i));
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
    if (argument instanceof String text) {
      return IValue.from(text);
    }
    throw unsupported(method, index, argument);
  }

  private static NDArray tensor(TensorScope scope, String method, int index, Object argument) {
    if (argument instanceof NDArray tensor) {
      return tensor;
    }
    if (argument instanceof Integer || argument instanceof Long) {
      return scope.manager().create(((Number) argument).longValue());
    }
    if (argument instanceof Float || argument instanceof Double) {
      return scope.manager().create(((Number) argument).doubleValue());
    }
    if (argument instanceof Boolean flag) {
      return scope.manager().create(flag);
    }
    throw unsupported(method, index, argument);
  }

  private static IllegalArgumentException unsupported(String method, int index, Object argument) {
    return new IllegalArgumentException(
        String.format(
            "argument %d of %s: %s (expected: tensor, list of tensors, number or boolean)",
            index, method, argument.getClass().getName()));
  }

  /** Adds an input under the name by which DJL tells lists from single tensors. */
  private static void add(
      NDList inputs,
      NDArray tensor,
      @Nullable String listName,
      List<NDArray> renamed,
      List<@Nullable String> names) {
    boolean again = renamed.stream().anyMatch(earlier -> earlier == tensor);
    NDArray input = again ? tensor.reshape(tensor.getShape()) : tensor; // a second name for it
    renamed.add(input);
    names.add(input.getName());
    input.setName(listName);
    inputs.add(input);
  }

  @Override
  public void close() {
    block.close();
    owner.close();
  }
}
