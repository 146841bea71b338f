package dev.kelpie.model.tokens;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.model.architecture.CheckpointException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Tries a tokenizer that is not {@linkplain PlainPipeline plain} in a Java process of its own: the
 * tokenizer library ends the whole process when it meets an error that it does not expect, and a
 * regular expression may keep it busy without end. The process has a limit of memory and of time.
 *
 * <p>What is tried are texts that such errors need: long runs of a character, texts of the
 * expression's own characters, the added tokens, and all ids backwards. It is no proof for others.
 */
public final class TokenizerProbe {
  private static final int MOST_CPU_SECONDS = 8;
  private static final int MOST_SECONDS = 9;
  private static final int MOST_ADDRESSES_KIB = 6 << 20;
  private static final int RUN = 200;
  private static final String READY = "ready";
  private static final String DONE = "done";
  private static final String SLOW =
      "the tokenizer library does not end (expected: an end within "
          + MOST_CPU_SECONDS
          + " s of processor time, "
          + MOST_SECONDS
          + " s in all)";

  /**
   * What says where the native library is unpacked and read; the other process must take the same.
   */
  private static final List<String> PLACES =
      List.of(
          "DJL_CACHE_DIR",
          "ENGINE_CACHE_DIR",
          "RUST_LIBRARY_PATH",
          "RUST_FLAVOR",
          "java.io.tmpdir",
          "java.library.path",
          "jna.tmpdir",
          "user.home");

  private static final int SIGKILL = 9;
  private static final int SIGXCPU = 24;
  private static final Set<String> PASSED = ConcurrentHashMap.newKeySet();

  private TokenizerProbe() {}

  /**
   * Tries {@code json} unless it is plain or was tried before by this process.
   *
   * @param bytes the text of {@code json}
   * @throws CheckpointException if the process ends or does not end
   */
  public static void require(JsonNode json, byte[] bytes, Path file) {
    if (!isNeeded(json) || PASSED.contains(hash(bytes))) {
      return;
    }
    String problem;
    try {
      problem = run(bytes);
    } catch (IOException e) {
      problem = "cannot be tried in a process of its own: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      problem = "interrupted";
    }
    if (!problem.isEmpty()) {
      throw new CheckpointException(TokenizerJson.FILE + ": " + problem + ", " + file);
    }
    PASSED.add(hash(bytes));
  }

  /** Whether {@code json} has parts that are not known to be harmless. */
  public static boolean isNeeded(JsonNode json) {
    return !PlainPipeline.isPlain(json);
  }

  private static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What goes wrong in the other process; empty when nothing does. */
  private static String run(byte[] bytes) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command(System.getProperties()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
    try {
      CompletableFuture<Boolean> written =
          CompletableFuture.supplyAsync(() -> write(process.getOutputStream(), bytes));
      InputStream out = process.getInputStream();
      String ready = word(out, READY.length(), deadline);
      if (ready.equals(READY)) {
        String rest = word(out, 4000, deadline);
        if (rest.equals(DONE)) {
          written.join();
          return "";
        }
        if (!rest.isEmpty()) {
          return rest.lines().findFirst().orElse("");
        }
      }
      if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return SLOW;
      }
      int code = process.exitValue();
      if (code == 128 + SIGKILL || code == 128 + SIGXCPU) {
        return SLOW;
      }
      return String.format(
          Locale.ROOT,
          "the tokenizer library ended the process (%s) (expected: a tokenizer that it can run)",
          code > 128 ? "signal " + (code - 128) : "exit code " + code);
    } catch (TimeoutException e) {
      return SLOW;
    } finally {
      process.destroyForcibly();
    }
  }

  private static boolean write(OutputStream stream, byte[] bytes) {
    try (OutputStream out = stream) {
      out.write(bytes);
      return true;
    } catch (IOException e) {
      return false; // the process has ended, which its exit code says
    }
  }

  private static String word(InputStream in, int most, long deadline)
      throws InterruptedException, TimeoutException {
    CompletableFuture<String> word =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return new String(in.readNBytes(most), StandardCharsets.UTF_8);
              } catch (IOException e) {
                return "";
              }
            });
    try {
      return word.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      return "";
    }
  }

  /** The command of the other process, for this process with {@code properties}. */
  static List<String> command(Properties properties) {
    List<String> command = new ArrayList<>();
    Path shell = Path.of("/bin/sh");
    if (Files.isExecutable(shell)) { // memory of the library is outside of the heap
      command.addAll(
          List.of(
              shell.toString(),
              "-c",
              "ulimit -v "
                  + MOST_ADDRESSES_KIB
                  + " 2>/dev/null; ulimit -t "
                  + MOST_CPU_SECONDS
                  + "; ulimit -c 0; exec \"$@\"",
              "sh"));
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:CompressedClassSpaceSize=64m",
            "-XX:ReservedCodeCacheSize=64m",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=/dev/null",
            "-XX:+DisplayVMOutputToStderr", // standard output is for what this class prints
            "-DOPT_OUT_TRACKING=true",
            "-Dai.djl.offline=true"));
    for (String place : PLACES) {
      String value = properties.getProperty(place);
      if (value != null) {
        command.add("-D" + place + "=" + value);
      }
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), TokenizerProbe.class.getName()));
    return command;
  }

  /** Reads a {@code tokenizer.json} from standard input, and uses it. */
  public static void main(String[] args) throws IOException {
    PrintStream out = System.out;
    System.setOut(System.err); // for what a library logs
    out.print(READY);
    out.flush();
    byte[] bytes = System.in.readAllBytes();
    JsonNode json = new ObjectMapper().readTree(bytes);
    Map<String, String> options = Map.of("padding", "false", "truncation", "false");
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), options)) {
      for (String text : texts(json)) {
        use(tokenizer, text);
      }
      int size = json.path("model").path("vocab").size();
      for (int from = size - 1; from >= 0; from -= RUN) {
        long[] ids = new long[Math.min(RUN, from + 1)];
        for (int i = 0; i < ids.length; i++) {
          ids[i] = (long) from - i;
        }
        tokenizer.decode(ids, true);
      }
      out.print(DONE);
    } catch (RuntimeException e) {
      out.print(String.valueOf(e.getMessage()).lines().findFirst().orElse("refused"));
    }
    out.flush();
  }

  private static void use(HuggingFaceTokenizer tokenizer, String text) {
    try {
      tokenizer.decode(tokenizer.encode(text, true, false).getIds(), false);
    } catch (RuntimeException e) {
      // An error that is reported, such as a character that the vocabulary lacks, is no harm.
    }
  }

  private static List<String> texts(JsonNode json) {
    Set<Integer> characters = new TreeSet<>();
    "a1 .é日\n\u0000'".codePoints().forEach(characters::add);
    StringBuilder patterns = new StringBuilder();
    json.findValues("Regex").forEach(pattern -> patterns.append(pattern.asText()));
    patterns.codePoints().limit(1000).forEach(characters::add);
    List<String> texts = new ArrayList<>(List.of("", "a b", "A sentence, it's 12.5 long!\n\n ok"));
    for (int character : characters) {
      if (!Character.isBmpCodePoint(character) || !Character.isSurrogate((char) character)) {
        texts.add(Character.toString(character).repeat(RUN) + "!");
      }
    }
    StringBuilder added = new StringBuilder();
    json.path("added_tokens").forEach(token -> added.append(token.path("content").asText(" ")));
    texts.add(added.toString());
    return texts;
  }
}
