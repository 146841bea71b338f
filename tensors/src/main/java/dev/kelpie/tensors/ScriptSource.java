package dev.kelpie.tensors;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * One file of TorchScript. Another file calls its free function {@code f} by {@code
 * __torch__.NAME.f(...)}.
 *
 * @param name module name: the file's name without {@code .py}
 * @param text the source, in the dialect of TorchScript archives
 */
public record ScriptSource(String name, String text) {
  /** Reads {@code /torchscript/FILE} from the class path of {@code owner}. */
  public static ScriptSource resource(Class<?> owner, String file) {
    return resource(owner, file, file.substring(0, file.length() - ".py".length()));
  }

  /** Reads {@code /torchscript/FILE} and calls the module {@code name}: one of several twins. */
  public static ScriptSource resource(Class<?> owner, String file, String name) {
    try (InputStream in = owner.getResourceAsStream("/torchscript/" + file)) {
      if (in == null) {
        throw new IllegalStateException("torchscript/" + file + " is not on the class path");
      }
      return new ScriptSource(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
