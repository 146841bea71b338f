package dev.kelpie.cli.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Gives a reader seeded inputs, each made of a valid one by random changes. The reader must return
 * or refuse the input in one clear line, within {@link #MOST_SECONDS} seconds.
 *
 * <p>{@code -Dkelpie.fuzz.from=26000} makes but does not read the inputs before that one. {@code
 * -Dkelpie.fuzz.inputs=100000} sets the number of inputs (default 500), {@code
 * -Dkelpie.fuzz.seed=7} the seed (default 1). A failure names both and has the input in base 64.
 */
final class Fuzz {
  static final int MOST_SECONDS = 10;

  /** Inputs of the tests that are tagged slow. */
  static final int MANY = 100_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d+)?");

  /** What a message for people never has: class names, escape characters, several lines. */
  private static final Pattern UNCLEAR =
      Pattern.compile(
          "\\p{Cntrl}|\\b(?:com\\.(?:fasterxml|typesafe)|ai\\.djl|akka|java\\.(?:lang|util|nio|io)|org\\.apache)\\.");

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-1",
          "1",
          "2147483647",
          "2147483648",
          "-2147483648",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "1e308",
          "1e400",
          "1e-400",
          "0.1",
          "NaN",
          "Infinity",
          "00",
          "1e999999999",
          "99999999999999999999999999",
          "null",
          "true",
          "\"1\"");

  private final List<byte[]> valid;
  private final List<String> words;
  private final SplittableRandom random;
  private final long seed = Long.getLong("kelpie.fuzz.seed", 1L);
  private final int from = Integer.getInteger("kelpie.fuzz.from", 0);
  private final int inputs;
  private long mostBytes = Long.MAX_VALUE;

  /** The reader under test; throws what it refuses an input with. */
  interface Reader {
    void read(byte[] input) throws Exception;
  }

  /**
   * Inputs made of {@code valid} ones.
   *
   * @param words tokens of the format, inserted at random places
   */
  Fuzz(List<byte[]> valid, List<String> words) {
    this(valid, words, 500);
  }

  /**
   * The same.
   *
   * @param inputs their number where no property sets it
   */
  Fuzz(List<byte[]> valid, List<String> words, int inputs) {
    this.inputs = Integer.getInteger("kelpie.fuzz.inputs", inputs);
    this.valid = valid;
    this.words = words;
    this.random = new SplittableRandom(seed);
  }

  /** The same, of which none may have the reader allocate {@code bytes} or more. */
  Fuzz allocatingBelow(long bytes) {
    mostBytes = bytes;
    return this;
  }

  /**
   * Runs {@code reader} on all inputs.
   *
   * @param refusals what it may throw for an input that it refuses
   * @throws AssertionError on the first input with which it hangs, fails or throws something else
   */
  @SafeVarargs
  @SuppressWarnings("varargs") // the array is only read
  final void run(Reader reader, Class<? extends Exception>... refusals)
      throws InterruptedException {
    AtomicInteger done = new AtomicInteger();
    Throwable[] failure = new Throwable[1];
    byte[][] current = new byte[1][];
    Thread thread =
        new Thread(
            () -> {
              for (int i = 0; i < inputs; i++) {
                byte[] input = i < valid.size() ? valid.get(i) : next();
                if (i < from) {
                  done.incrementAndGet();
                  continue;
                }
                current[0] = input;
                long before = THREADS.getCurrentThreadAllocatedBytes();
                try {
                  read(reader, input, i < valid.size(), refusals);
                  long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
                  if (allocated >= mostBytes) {
                    throw new AssertionError(allocated + " bytes allocated");
                  }
                } catch (Throwable e) {
                  failure[0] = e;
                  return;
                }
                done.incrementAndGet();
              }
            },
            "fuzz");
    thread.setDaemon(true);
    thread.start();
    int seen = -1;
    while (thread.isAlive()) {
      thread.join(MOST_SECONDS * 1000L);
      if (thread.isAlive() && done.get() == seen) {
        AssertionError hang = new AssertionError(place(seen, current[0]) + ": no result");
        hang.setStackTrace(thread.getStackTrace());
        throw hang;
      }
      seen = done.get();
    }
    if (failure[0] != null) {
      throw new AssertionError(place(done.get(), current[0]) + ": " + failure[0], failure[0]);
    }
  }

  private String place(int index, byte[] input) {
    byte[] shown = Arrays.copyOf(input, Math.min(input.length, 3000));
    return "input "
        + index
        + " of seed "
        + seed
        + ", "
        + input.length
        + " bytes, base 64: "
        + Base64.getEncoder().encodeToString(shown);
  }

  private static void read(
      Reader reader, byte[] input, boolean valid, Class<? extends Exception>[] refusals)
      throws Exception {
    try {
      reader.read(input);
    } catch (Exception e) {
      String message = String.valueOf(e.getMessage());
      if (valid
          || Arrays.stream(refusals).noneMatch(refusal -> refusal.isInstance(e))
          || message.length() > 2000
          || UNCLEAR.matcher(message).find()) {
        throw e;
      }
    }
  }

  /** The next input: a valid one with one to six changes. */
  private byte[] next() {
    byte[] input = pick(valid);
    int changes = 1 + random.nextInt(6);
    for (int i = 0; i < changes; i++) {
      input = changed(input);
    }
    return input;
  }

  private byte[] changed(byte[] input) {
    int at = random.nextInt(input.length + 1);
    int to = Math.min(input.length, at + 1 + random.nextInt(1 + random.nextInt(200)));
    byte[] range = Arrays.copyOfRange(input, at, to);
    return switch (random.nextInt(10)) {
      case 0 -> replaced(input, at, Math.min(input.length, at + 1), randomBytes(1));
      case 1 -> replaced(input, at, at, randomBytes(1 + random.nextInt(8)));
      case 2 -> replaced(input, at, to, new byte[0]);
      case 3 -> replaced(input, at, at, repeated(range, 1 + random.nextInt(4)));
      case 4 -> replaced(input, at, at, repeated(range, 1 + 20_000 / (range.length + 1)));
      case 5 -> Arrays.copyOf(input, at);
      case 6 -> withOtherNumber(input);
      case 7 -> {
        byte[] other = pick(valid);
        int from = random.nextInt(other.length + 1);
        yield replaced(input, at, to, Arrays.copyOfRange(other, from, other.length));
      }
      case 8 -> replaced(input, at, at, repeated(bytes(words), 5000));
      default -> replaced(input, at, random.nextBoolean() ? to : at, bytes(words));
    };
  }

  private byte[] withOtherNumber(byte[] input) {
    String text = new String(input, StandardCharsets.ISO_8859_1);
    Matcher number = NUMBER.matcher(text);
    boolean found = number.find(random.nextInt(text.length() + 1)) || number.find(0);
    return found
        ? replaced(input, number.start(), number.end(), bytes(NUMBERS))
        : replaced(input, 0, 0, bytes(NUMBERS));
  }

  private byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] bytes(List<String> from) {
    return from.get(random.nextInt(from.size())).getBytes(StandardCharsets.UTF_8);
  }

  private byte[] pick(List<byte[]> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static byte[] repeated(byte[] bytes, int times) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] replaced(byte[] input, int from, int to, byte[] by) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(input, 0, from);
    out.writeBytes(by);
    out.write(input, to, input.length - to);
    return out.toByteArray();
  }
}
