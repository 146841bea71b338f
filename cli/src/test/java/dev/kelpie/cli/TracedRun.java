package dev.kelpie.cli;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ClassType;
import com.sun.jdi.Location;
import com.sun.jdi.Method;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StackFrame;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.ListeningConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import dev.kelpie.cli.cluster.KelpieProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A command of Kelpie in a process of its own, of which the debugger's interface reports when
 * methods begin, who called them, and which class made each message between actors.
 */
final class TracedRun {
  private static final String OURS = "dev.kelpie.";
  private static final String ACTORS = "dev.kelpie.actors.";

  private final Set<String> watched;
  private final List<Call> calls = new ArrayList<>();
  private final Map<String, String> makers = new HashMap<>();

  /**
   * The beginning of a method.
   *
   * @param method {@code Class.method}
   * @param callers Kelpie's classes on the stack, the nearest first, without the class itself
   * @param sender the class that made the message being handled, if the outermost method of
   *     Kelpie's on the stack handles one
   */
  record Call(String method, List<String> callers, Optional<String> sender) {}

  private TracedRun(Set<String> watched) {
    this.watched = watched;
  }

  /**
   * Runs a command to its end.
   *
   * @param watched methods to report, {@code Class.method} with the simple name of a class
   */
  static List<Call> of(List<String> arguments, Set<String> watched, Path log) throws Exception {
    TracedRun run = new TracedRun(watched);
    ListeningConnector connector =
        Bootstrap.virtualMachineManager().listeningConnectors().stream()
            .filter(one -> one.transport().name().equals("dt_socket"))
            .findFirst()
            .orElseThrow();
    Map<String, Connector.Argument> options = connector.defaultArguments();
    set(options, "localAddress", "127.0.0.1");
    set(options, "port", "0");
    String address = connector.startListening(options);
    Process process =
        new ProcessBuilder(
                KelpieProcess.command(
                    List.of("-agentlib:jdwp=transport=dt_socket,suspend=y,address=" + address),
                    arguments))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      VirtualMachine machine = connector.accept(options);
      connector.stopListening(options);
      run.follow(machine);
      if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new AssertionError("exit code " + process.exitValue() + ", see " + log);
      }
      return List.copyOf(run.calls);
    } finally {
      process.destroyForcibly();
    }
  }

  private static void set(Map<String, Connector.Argument> options, String name, String value) {
    Objects.requireNonNull(options.get(name), name).setValue(value);
  }

  private void follow(VirtualMachine machine) throws Exception {
    ClassPrepareRequest loads = machine.eventRequestManager().createClassPrepareRequest();
    loads.addClassFilter(OURS + "*");
    loads.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
    loads.enable();
    try {
      while (true) {
        EventSet events = machine.eventQueue().remove();
        for (Event event : events) {
          if (event instanceof ClassPrepareEvent load) {
            watch(machine, load.referenceType());
          } else if (event instanceof BreakpointEvent reached) {
            report(reached.thread(), reached.location().method());
          }
        }
        events.resume();
      }
    } catch (VMDisconnectedException e) {
      // the process has ended
    }
  }

  private void watch(VirtualMachine machine, ReferenceType type) {
    for (Method method : type.methods()) {
      boolean made = isMessage(type) && method.isConstructor();
      boolean named = watched.contains(simple(type.name()) + "." + method.name());
      if ((made || named) && !method.isAbstract() && !method.isNative()) {
        Location begin = method.location();
        machine.eventRequestManager().createBreakpointRequest(begin).enable();
      }
    }
  }

  /** Messages are the records nested in the actors and their protocols. */
  private static boolean isMessage(ReferenceType type) {
    return type.name().startsWith(ACTORS)
        && type instanceof ClassType own
        && own.superclass() != null
        && own.superclass().name().equals(Record.class.getName());
  }

  private void report(ThreadReference thread, Method method) throws Exception {
    List<StackFrame> frames = thread.frames();
    String own = file(method.declaringType().name());
    List<String> callers = new ArrayList<>();
    StackFrame outermost = frames.get(0);
    for (StackFrame frame : frames) {
      String name = frame.location().declaringType().name();
      if (name.startsWith(OURS)) {
        outermost = frame;
        if (!file(name).equals(own)) {
          callers.add(file(name));
        }
      }
    }
    if (method.isConstructor()) {
      if (!callers.isEmpty()) {
        makers.put(method.declaringType().name(), callers.get(0));
      }
      return;
    }
    Optional<String> sender =
        outermost.getArgumentValues().stream()
            .filter(value -> value != null && makers.containsKey(value.type().name()))
            .map(value -> makers.get(value.type().name()))
            .findFirst();
    calls.add(new Call(own + "." + method.name(), callers, sender));
  }

  /** The simple name of the top-level class: the name of its file. */
  private static String file(String type) {
    String name = simple(type);
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  private static String simple(String type) {
    return type.substring(type.lastIndexOf('.') + 1);
  }
}
