package dev.kelpie.wire;

import dev.kelpie.experience.reward.Scale;
import dev.kelpie.wire.control.RewardScalePb;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What rewards are normalised by, as protobuf. */
public final class ScaleCodec {
  private ScaleCodec() {}

  /** The scales by the names of rewards, in the order of the names. */
  public static List<RewardScalePb> write(Map<String, Scale> scales) {
    return new TreeMap<>(scales)
        .entrySet().stream()
            .map(
                entry ->
                    RewardScalePb.newBuilder()
                        .setName(entry.getKey())
                        .setCount(entry.getValue().count())
                        .setMean(entry.getValue().mean())
                        .setSquares(entry.getValue().squares())
                        .build())
            .toList();
  }

  /** Reads what {@link #write} wrote. */
  public static Map<String, Scale> read(List<RewardScalePb> scales) {
    Map<String, Scale> read = new HashMap<>();
    for (RewardScalePb scale : scales) {
      read.put(scale.getName(), new Scale(scale.getCount(), scale.getMean(), scale.getSquares()));
    }
    return read;
  }
}
