package dev.kelpie.cli.terminal;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Ctrl-C while the process is ending already. The JVM takes no notice of it: its shutdown hooks
 * run to their end. The only way to notice is {@code sun.misc.Signal}, in every JDK but not to be
 * compiled against, hence by name; on a JVM without it the second Ctrl-C stays without effect.
 */
public final class SecondInterrupt {
  private static final Logger LOG = LoggerFactory.getLogger(SecondInterrupt.class);

  /** As of a process that ends by SIGINT. */
  private static final int INTERRUPTED = 128 + 2;

  private SecondInterrupt() {}

  /**
   * From now on Ctrl-C prints {@code word} and ends the process, whatever else it is doing.
   *
   * @param last is done before
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
