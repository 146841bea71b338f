package dev.kelpie.tensors;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URL;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The native engine (libtorch behind DJL) of this JVM: starts it once, without telemetry and
 * without downloads, and counts what it holds.
 */
public final class NativeMemory {
  private static final long TRIM_EVERY_NANOS = Duration.ofSeconds(1).toNanos();
  private static final AtomicLong LAST_TRIM = new AtomicLong(System.nanoTime());

  private NativeMemory() {}

  /** Loads libtorch, if that has not happened yet. Throws when this platform has no natives. */
  public static void start() {
    engine();
  }

  /**
   * Begins to load libtorch on a thread of its own, which takes a second, so that files can be read
   * meanwhile. A failure is reported where the engine is first used.
   */
  public static void startInBackground() {
    Thread thread = new Thread(() -> Started.RESULT.isDone(), "libtorch-start");
    thread.setDaemon(true);
    thread.start();
  }

  /** Name and version of the engine and its number format, for people: {@code libtorch 2.7.1}. */
  public static String version() {
    return "libtorch " + engine().getVersion();
  }

  /** Number of arrays that live in any scope of this JVM; a leak shows as its growth. */
  public static int liveArrays() {
    try (NDManager manager = engine().newBaseManager()) {
      return manager.getParentManager().getManagedArrays().size();
    }
  }

  /**
   * Gives the system back what native code has freed but the C library keeps, where this JVM can
   * (glibc), and at most once a second, for it takes some 15 ms. Blocks of a thousand sizes leave
   * holes between them that no later step fits; without this a run seems to grow by a tenth.
   */
  public static void trim() {
    long last = LAST_TRIM.get();
    long now = System.nanoTime();
    if (now - last < TRIM_EVERY_NANOS || !LAST_TRIM.compareAndSet(last, now)) {
      return;
    }
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "systemTrimNativeHeap",
              new Object[0],
              new String[0]);
    } catch (JMException e) {
      // this JVM or this C library has no such thing, and nothing depends on it
    }
  }

  static Engine engine() {
    try {
      return Started.RESULT.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Loaded by its first use, so that libtorch is loaded once and only when it is needed. */
  private static final class Started {
    static final CompletableFuture<Engine> RESULT =
        CompletableFuture.supplyAsync(Started::open, Runnable::run);

    private static Engine open() {
      System.setProperty("OPT_OUT_TRACKING", "true");
      System.setProperty("ai.djl.offline", "true");
      System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
      requireNatives();
      return Engine.getEngine("PyTorch");
    }
  }

  /** Reports missing natives before DJL tries to download them. */
  private static void requireNatives() {
    String libraries = classifierOf("native/lib/pytorch.properties");
    String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (libraries.isEmpty()) {
      throw new IllegalStateException(
          "no libtorch on the class path for "
              + platform
              + " (expected: ai.djl.pytorch:pytorch-native-cpu with this platform's classifier;"
              + " there are linux-x86_64, linux-aarch64 and osx-aarch64)");
    }
    String os = platform.toLowerCase(Locale.ROOT);
    String system = os.startsWith("linux") ? "linux" : os.startsWith("mac") ? "osx" : "win";
    boolean arm = os.endsWith("aarch64") || os.endsWith("arm64");
    if (!libraries.startsWith(system) || arm != libraries.endsWith("aarch64")) {
      throw new IllegalStateException(
          "libtorch on the class path is for " + libraries + " (expected: for " + platform + ")");
    }
  }

  private static String classifierOf(String resource) {
    URL url = Thread.currentThread().getContextClassLoader().getResource(resource);
    URL found = url != null ? url : NativeMemory.class.getClassLoader().getResource(resource);
    if (found == null) {
      return "";
    }
    Properties properties = new Properties();
    try (InputStream in = found.openStream()) {
      properties.load(in);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + found, e);
    }
    return properties.getProperty("classifier", "");
  }
}
