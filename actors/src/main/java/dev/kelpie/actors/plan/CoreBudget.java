package dev.kelpie.actors.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * The cores of each machine, shared by native work. Two pools of native threads on the same cores
 * spin against each other, so generating and scoring share the cores of a machine, whichever
 * process does it, and take turns where they are too few. Work that needs more than there is runs
 * alone. Training is not counted: in synchronous mode it begins when all other work is done, and in
 * asynchronous mode it is meant to overlap.
 */
public final class CoreBudget {
  private final List<ToIntFunction<String>> users = new ArrayList<>();

  /**
   * Adds a user of cores.
   *
   * @param busy threads that are busy on a machine
   */
  void add(ToIntFunction<String> busy) {
    users.add(busy);
  }

  /** Whether work with so many threads may begin now on the machine of a node. */
  boolean fits(String node, int threads, int cores) {
    String host = host(node);
    int busy = users.stream().mapToInt(user -> user.applyAsInt(host)).sum();
    return busy == 0 || busy + threads <= cores;
  }

  /** The machine of a node. */
  static String host(String node) {
    int colon = node.lastIndexOf(':');
    return colon < 0 ? node : node.substring(0, colon);
  }
}
