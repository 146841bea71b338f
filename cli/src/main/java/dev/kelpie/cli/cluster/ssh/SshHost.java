package dev.kelpie.cli.cluster.ssh;

import dev.kelpie.config.hosts.HostOptions;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * A machine as OpenSSH's client reaches it. Keys, users, jumps and known hosts are those of
 * OpenSSH's own configuration and agent; nothing ever asks for a password.
 */
public final class SshHost {
  /** The exit code of ssh when there is no connection, or it broke. */
  public static final int NO_CONNECTION = 255;

  private static final int BUFFER_BYTES = 1 << 16;

  /** A dead connection is noticed after 15 s. */
  private static final List<String> OWN_OPTIONS =
      List.of(
          "BatchMode=yes",
          "ConnectTimeout=10",
          "ServerAliveInterval=5",
          "ServerAliveCountMax=3",
          "LogLevel=ERROR");

  private final HostOptions options;

  /** Describes a machine; connects to nothing. */
  public SshHost(HostOptions options) {
    this.options = options;
  }

  /** Its block of the experiment. */
  public HostOptions options() {
    return options;
  }

  /** Writes the standard input of a command. */
  @FunctionalInterface
  public interface Input {
    /** No input. */
    Input NONE = out -> {};

    void write(OutputStream out) throws IOException;
  }

  /** The ssh command that runs {@code words} there, each an argument as it is. */
  public List<String> command(List<String> words) {
    List<String> command = new ArrayList<>(List.of("ssh", "-T"));
    // of several values OpenSSH takes the first
    command.addAll(options.sshOptions());
    if (options.port() > 0) {
      command.addAll(List.of("-p", String.valueOf(options.port())));
    }
    OWN_OPTIONS.forEach(option -> command.addAll(List.of("-o", option)));
    command.addAll(List.of("--", options.target()));
    command.add(words.stream().map(SshHost::quoted).collect(Collectors.joining(" ")));
    return command;
  }

  /** What a person would type to see the same failure. */
  String trial() {
    List<String> words = new ArrayList<>(List.of("ssh"));
    words.addAll(options.sshOptions());
    if (options.port() > 0) {
      words.addAll(List.of("-p", String.valueOf(options.port())));
    }
    words.addAll(List.of(options.target(), "true"));
    return String.join(" ", words);
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /** The ssh command of a line of shell, in which {@code $1}, {@code $2} ... are arguments. */
  private List<String> shell(String line, List<String> arguments) {
    List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", line, "kelpie"));
    words.addAll(arguments);
    return command(words);
  }

  /**
   * Runs a line of shell there, and returns what it printed.
   *
   * @throws SshFailure when there is no connection, or the line fails
   */
  String run(String line, Input input, String... arguments) throws IOException {
    Process process = new ProcessBuilder(shell(line, List.of(arguments))).start();
    CompletableFuture<String> printed = read(process.getInputStream());
    CompletableFuture<String> errors = read(process.getErrorStream());
    try {
      try (OutputStream out = new BufferedOutputStream(process.getOutputStream(), BUFFER_BYTES)) {
        input.write(out);
      } catch (IOException e) {
        // the other side ended early, and says why
      }
      int code = process.waitFor();
      if (code == 0) {
        return printed.join();
      }
      throw new SshFailure(code, lastLine(errors.join(), code));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + options.host() + " was at work", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Starts a command there, and waits for nothing. */
  public void begin(List<String> words) {
    try {
      new ProcessBuilder(command(words))
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .getOutputStream()
          .close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start ssh: " + e.getMessage(), e);
    }
  }

  private static CompletableFuture<String> read(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try (stream) {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.complete("");
              }
            },
            "kelpie-ssh");
    reader.setDaemon(true);
    reader.start();
    return text;
  }

  private static String lastLine(String errors, int code) {
    List<String> lines =
        errors
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("tar: E")) // tar's own last words
            .toList();
    return lines.isEmpty()
        ? "exit code " + code
        : lines.get(lines.size() - 1).replaceFirst("^kelpie: ", "");
  }
}
