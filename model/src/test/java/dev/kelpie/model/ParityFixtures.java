package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.model.ParameterLayout.Heads;
import dev.kelpie.model.merged.AdapterFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Checkpoints, tokenizers and templates with the numbers and strings that a reference
 * implementation gives for them: packed in this repository by {@code scripts/parity/pack.py}, or
 * unpacked in {@code -Dkelpie.parity=FOLDER}. Nothing is skipped: what is missing or unknown fails.
 */
public final class ParityFixtures {
  /** Folders of models that Kelpie refuses to train and to generate with, as long as it does. */
  private static final Set<String> NOT_SUPPORTED = Set.of("llama-reward", "qwen2-prm");

  private static final Set<String> NO_MODELS = Set.of("chat-templates", "sampling", "tokenizers");
  private static final Path OWN = Path.of("../model/src/test/resources/parity");
  private static final Map<String, Path> UNPACKED = new ConcurrentHashMap<>();

  private ParityFixtures() {}

  /** The folder called {@code name}, of those that are tested. */
  public static Path folder(String name) {
    String given = System.getProperty("kelpie.parity", "");
    return given.isEmpty() ? own(name) : root(given).resolve(name);
  }

  /** The folder called {@code name} that lies in this repository. */
  public static Path own(String name) {
    Path plain = OWN.resolve(name);
    return Files.isDirectory(plain)
        ? plain
        : UNPACKED.computeIfAbsent(name, ParityFixtures::unpack);
  }

  /** The folder of the weights that the model in {@code folder} has: the base of an adapter. */
  public static Path base(Path folder) {
    return AdapterFolder.is(folder)
        ? folder("qwen2") // of all adapters here
        : folder;
  }

  /** The model in {@code folder} for training; of an adapter, the base with it. */
  public static CausalLm model(Path folder) {
    CausalLm model = CausalLm.open(base(folder), Heads.VOCABULARY);
    if (!AdapterFolder.is(folder)) {
      return model;
    }
    try (AdapterFolder adapter = AdapterFolder.open(folder, model.config())) {
      CausalLm adapted = model.withAdapter(adapter.config(), 1, "");
      adapted.parameters().load(adapter);
      return adapted;
    }
  }

  /** The names of all folders that hold a model or an adapter. */
  public static List<String> models() {
    String given = System.getProperty("kelpie.parity", "");
    try (Stream<Path> files = Files.list(given.isEmpty() ? OWN : root(given))) {
      return files
          .filter(
              file -> given.isEmpty() ? file.toString().endsWith(".zip") : Files.isDirectory(file))
          .map(file -> file.getFileName().toString().replaceFirst("\\.zip$", ""))
          .filter(name -> !NO_MODELS.contains(name))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The scalars and strings of a folder: {@code expected.json}. */
  public static JsonNode expected(Path folder) throws IOException {
    return new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
  }

  /** Runs {@code work} for the model {@code name}; of one that is not supported it must fail. */
  public static void check(String name, boolean supported, Callable<?> work) throws Exception {
    if (supported && !NOT_SUPPORTED.contains(name)) {
      work.call();
    } else {
      assertThatThrownBy(work::call)
          .as("%s is supported now: take it off the list", name)
          .isInstanceOf(Throwable.class);
    }
  }

  private static Path root(String given) {
    Path root = Path.of(System.getProperty("kelpie.started.in", "")).resolve(given);
    assertThat(root).as("kelpie.parity").isDirectory();
    return root;
  }

  private static Path unpack(String name) {
    Path target = Path.of("target/parity").resolve(name);
    try (FileSystem zip = FileSystems.newFileSystem(OWN.resolve(name + ".zip"));
        Stream<Path> entries = Files.walk(zip.getPath("/"))) {
      for (Path entry : entries.sorted(Comparator.naturalOrder()).toList()) {
        Path copy = target.resolve(zip.getPath("/").relativize(entry).toString());
        if (Files.isDirectory(entry)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(entry, copy, StandardCopyOption.REPLACE_EXISTING);
        }
      }
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
