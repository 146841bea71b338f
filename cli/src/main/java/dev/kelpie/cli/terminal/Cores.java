package dev.kelpie.cli.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The processor: its name, the cores that this process may use, and its vector instructions. */
public record Cores(String name, int usable, List<String> vectors) {
  private static final List<String> VECTORS =
      List.of("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16", "sve");

  public Cores {
    vectors = List.copyOf(vectors);
  }

  /** The processor of this machine. */
  public static Cores ofThisMachine() {
    Path file = Path.of("/proc/cpuinfo");
    List<String> lines = List.of();
    try {
      lines = Files.isReadable(file) ? Files.readAllLines(file) : lines;
    } catch (IOException e) {
      // its name stays unknown
    }
    return of(lines, Runtime.getRuntime().availableProcessors());
  }

  /** Reads the lines of {@code /proc/cpuinfo}; on Arm these have no name. */
  public static Cores of(List<String> lines, int usable) {
    String name =
        value(lines, "model name").or(() -> value(lines, "CPU part")).orElse("unknown name");
    List<String> flags =
        value(lines, "flags")
            .or(() -> value(lines, "Features"))
            .map(words -> Arrays.asList(words.split(" ")))
            .orElse(List.of());
    return new Cores(name, usable, VECTORS.stream().filter(flags::contains).toList());
  }

  private static Optional<String> value(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key) && line.contains(": "))
        .map(line -> line.substring(line.indexOf(": ") + 2).strip())
        .findFirst();
  }

  /** What decides in which order numbers are added: its name and its vector instructions. */
  public String kind() {
    return name
        + vectors.stream()
            .collect(
                Collectors.joining(
                    " ", vectors.isEmpty() ? "" : " (", vectors.isEmpty() ? "" : ")"));
  }

  String line() {
    String cores = usable == 1 ? "1 core" : usable + " cores";
    return name
        + ", "
        + cores
        + (vectors.isEmpty() ? "" : vectors.stream().collect(Collectors.joining(" ", ", ", "")));
  }
}
