package dev.kelpie.actors.simulation;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** A network that delays, loses and repeats messages and is cut for a while between machines. */
final class FaultyNetwork implements Network {
  private final SplittableRandom random;
  private final VirtualTime[] time;
  private final Map<String, Double> cutUntil = new HashMap<>();
  private final double calm;
  private final double loss;
  private final double copies;
  private final double slow;

  /**
   * @param time holds the clock, once there is one
   * @param calm when the faults end
   */
  FaultyNetwork(SplittableRandom random, VirtualTime[] time, double calm) {
    this.random = random;
    this.time = time;
    this.calm = calm;
    this.loss = random.nextInt(3) == 0 ? 0.15 * random.nextDouble() : 0;
    this.copies = random.nextInt(3) == 0 ? 0.2 * random.nextDouble() : 0;
    this.slow = random.nextInt(3) == 0 ? 0.2 * random.nextDouble() : 0;
  }

  /** Cuts a machine off from all others. */
  void cut(String host, double until) {
    cutUntil.merge(host, Math.min(until, calm), Math::max);
  }

  @Override
  public boolean connects(String from, String to) {
    double now = time[0].seconds();
    return from.equals(to)
        || (now >= cutUntil.getOrDefault(from, 0.0) && now >= cutUntil.getOrDefault(to, 0.0));
  }

  @Override
  public double[] deliveries(String from, String to) {
    if (from.equals(to)) {
      return new double[] {1e-4};
    }
    if (!connects(from, to)) {
      return new double[0];
    }
    if (time[0].seconds() >= calm) {
      return new double[] {delay(false)};
    }
    if (random.nextDouble() < loss) {
      return new double[0];
    }
    boolean late = random.nextDouble() < slow;
    return random.nextDouble() < copies
        ? new double[] {delay(late), delay(true)}
        : new double[] {delay(late)};
  }

  /** A late message overtakes none and is overtaken by many. */
  private double delay(boolean late) {
    return late ? random.nextDouble(5) : 1e-3 + random.nextDouble(0.02);
  }
}
