package dev.kelpie.actors.simulation;

/** What becomes of messages between machines. */
public interface Network {
  /** A network that loses nothing and takes half a millisecond. */
  Network PERFECT =
      new Network() {
        private final double[] once = {5e-4};

        @Override
        public double[] deliveries(String from, String to) {
          return once;
        }
      };

  /**
   * The fate of a message that is sent now.
   *
   * @return seconds until each of its copies arrives; empty when it is lost
   */
  double[] deliveries(String from, String to);

  /** Whether the machines can open a connection now. */
  default boolean connects(String from, String to) {
    return true;
  }
}
