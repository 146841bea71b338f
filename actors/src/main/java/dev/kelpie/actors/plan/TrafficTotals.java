package dev.kelpie.actors.plan;

/** Messages and bytes that the actors of a node have sent and received so far. */
public record TrafficTotals(long messages, long bytes) {
  public static final TrafficTotals NONE = new TrafficTotals(0, 0);

  public TrafficTotals minus(TrafficTotals before) {
    return new TrafficTotals(messages - before.messages, bytes - before.bytes);
  }
}
