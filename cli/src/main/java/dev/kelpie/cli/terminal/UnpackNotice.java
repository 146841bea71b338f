package dev.kelpie.cli.terminal;

import ai.djl.util.Utils;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Announces that the first start on a machine unpacks native libraries, which takes a while. Every
 * command that computes prints it before it opens a tokenizer or a model.
 */
public final class UnpackNotice {
  private UnpackNotice() {}

  /** Prints {@link #notice} if there is one. */
  public static void tell(PrintWriter to) {
    notice().ifPresent(to::println);
    to.flush();
  }

  /** The same for a command that needs tokenizers but not libtorch. */
  public static void tellOfTokenizers(PrintWriter to) {
    tokenizers().ifPresent(to::println);
    to.flush();
  }

  /** The notice, if native libraries will be unpacked. */
  public static Optional<String> notice() {
    Path cache = Utils.getEngineCacheDir("pytorch");
    return has(cache, "libtorch_cpu")
        ? tokenizers()
        : Optional.of("unpacking libtorch to " + cache + " (first start only, some seconds) ...");
  }

  private static Optional<String> tokenizers() {
    Path cache = Utils.getEngineCacheDir("tokenizers");
    return has(cache, "libtokenizers")
        ? Optional.empty()
        : Optional.of("unpacking the tokenizers to " + cache + " (first start only) ...");
  }

  private static boolean has(Path cache, String library) {
    if (!Files.isDirectory(cache)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(cache, 2)) {
      return files.anyMatch(
          file -> file.getFileName().toString().matches(library + "\\.(so|dylib)"));
    } catch (IOException e) {
      return false; // unpacking will meet the same obstacle and say so
    }
  }
}
