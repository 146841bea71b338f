package dev.kelpie.cli.terminal;

import java.io.PrintWriter;
import java.util.Optional;

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
    return NativeCache.hasLibtorch()
        ? tokenizers()
        : Optional.of(
            "unpacking libtorch to "
                + NativeCache.libtorch()
                + " (first start only, some seconds) ...");
  }

  private static Optional<String> tokenizers() {
    return NativeCache.hasTokenizers()
        ? Optional.empty()
        : Optional.of(
            "unpacking the tokenizers to " + NativeCache.tokenizers() + " (first start only) ...");
  }
}
