package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Two steps of the quickstart, finished. Test classes share it: it is made when the first asks and
 * deleted after the last. Tests only read it, and break copies.
 *
 * @param folder its run folder, called {@code two-steps}
 */
public record FinishedRun(Path folder) implements AutoCloseable {
  /** Hands it to the tests that take one. */
  public static final class Maker implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == FinishedRun.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.create(FinishedRun.class))
          .getOrComputeIfAbsent(FinishedRun.class, type -> make(), FinishedRun.class);
    }
  }

  private static FinishedRun make() {
    try {
      Path folder = Files.createTempDirectory("kelpie-finished-run").resolve("two-steps");
      CommandLineRun run =
          CommandLineRun.of(
              "train",
              Shipped.quickstart(),
              "--run-dir",
              folder.toString(),
              "-D",
              "run.steps=2",
              "-D",
              "eval.samples=16");
      assertThat(run.code()).as(run.err()).isZero();
      return new FinishedRun(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The checkpoint after its last step. */
  public Path checkpoint() {
    return folder.resolve("checkpoints/step-2");
  }

  /** Copies it to {@code target}, which must not be there. */
  public Path copy(Path target) {
    return copy(folder, target);
  }

  /** Copies {@code source} with all that is in it to {@code target}. */
  public static Path copy(Path source, Path target) {
    try (Stream<Path> paths = Files.walk(source)) {
      for (Path path : paths.toList()) {
        Files.copy(path, target.resolve(source.relativize(path).toString()));
      }
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    List<Path> all;
    try (Stream<Path> paths = Files.walk(Objects.requireNonNull(folder.getParent()))) {
      all = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
