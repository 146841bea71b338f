package dev.kelpie.cli.terminal;

import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Runs an action on Ctrl-C instead of ending the process, until it is closed. Uses the JDK's {@code
 * sun.misc.Signal} by reflection, because compilers warn of it; where it is missing, Ctrl-C ends
 * the process as usual.
 */
public final class InterruptHandler implements AutoCloseable {
  private final @Nullable Object before;

  private InterruptHandler(@Nullable Object before) {
    this.before = before;
  }

  /** Installs a handler that runs {@code action} on a thread of the JVM. */
  public static InterruptHandler runs(Runnable action) {
    try {
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              InterruptHandler.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                }
                return null;
              });
      return new InterruptHandler(install(ours));
    } catch (ReflectiveOperationException e) {
      return new InterruptHandler(null);
    }
  }

  private static @Nullable Object install(Object handler) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    Object interrupt = signal.getConstructor(String.class).newInstance("INT");
    return signal
        .getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
        .invoke(null, interrupt, handler);
  }

  @Override
  public void close() {
    if (before != null) {
      try {
        install(before);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("Ctrl-C cannot be given back", e);
      }
    }
  }

  /** Removes a shutdown hook; without effect once the process is ending. */
  public static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the process is ending already, and the hook has done its work
    }
  }
}
