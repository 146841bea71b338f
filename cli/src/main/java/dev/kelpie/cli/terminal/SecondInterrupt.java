package dev.kelpie.cli.terminal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles Ctrl-C while shutdown hooks run, which the JVM otherwise ignores. Uses {@code
 * sun.misc.Signal} by reflection; on a JVM without it a second Ctrl-C has no effect.
 */
public final class SecondInterrupt {
  private static final Logger LOG = LoggerFactory.getLogger(SecondInterrupt.class);

  /** The exit code of a process that SIGINT ended. */
  private static final int INTERRUPTED = 128 + 2;

  private SecondInterrupt() {}

  /**
   * Makes Ctrl-C print {@code word} and end the process at once.
   *
   * @param last runs before the end
   */
  public static void endsAtOnce(String word, Runnable last) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler end =
          (proxy, method, arguments) -> {
            System.err.println(word);
            last.run();
            Runtime.getRuntime().halt(INTERRUPTED);
            throw new IllegalStateException("the process has ended");
          };
      Object onInterrupt =
          Proxy.newProxyInstance(
              SecondInterrupt.class.getClassLoader(), new Class<?>[] {handler}, end);
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("INT"), onInterrupt);
    } catch (ReflectiveOperationException e) {
      LOG.info("a second Ctrl-C will not be noticed: {}", e.toString());
    }
  }
}
