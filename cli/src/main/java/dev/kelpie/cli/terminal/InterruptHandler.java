package dev.kelpie.cli.terminal;

import java.lang.reflect.InvocationHandler;
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
      return new InterruptHandler(install(action));
    } catch (ReflectiveOperationException e) {
      return new InterruptHandler(null);
    }
  }

  /** Installs a handler that stays; returns the one before. */
  static @Nullable Object install(Runnable action) throws ReflectiveOperationException {
    InvocationHandler calls =
        (self, method, arguments) -> {
          if (method.getName().equals("handle")) {
            action.run();
          }
          return null;
        };
    Class<?>[] type = {Class.forName("sun.misc.SignalHandler")};
    return set(Proxy.newProxyInstance(InterruptHandler.class.getClassLoader(), type, calls));
  }

  private static @Nullable Object set(Object handler) throws ReflectiveOperationException {
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
        set(before);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("Ctrl-C cannot be given back", e);
      }
    }
  }
}
