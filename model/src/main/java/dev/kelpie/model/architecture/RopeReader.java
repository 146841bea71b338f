package dev.kelpie.model.architecture;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * Reads the rotary positions of {@code config.json} as transformers 5 does, in its layout ({@code
 * rope_parameters}), in that of transformers 4 ({@code rope_scaling} and {@code rope_theta} apart)
 * and in mixtures:
 *
 * <ul>
 *   <li>a {@code rope_scaling} that is not empty replaces {@code rope_parameters} as a whole;
 *   <li>{@code rope_theta} inside it counts, then the one above, then the family's default;
 *   <li>{@code rope_type} counts, then {@code type};
 *   <li>{@code original_max_position_embeddings} above counts, then the one inside, then {@code
 *       max_position_embeddings}.
 * </ul>
 *
 * <p>Of the stretches, dynamic ones change nothing: they set in beyond the model's positions, which
 * Kelpie does not use.
 */
final class RopeReader {
  private static final String THETA = "rope_theta";
  private static final String TYPES = "default, linear, dynamic, llama3, yarn or longrope";
  private static final String ORIGINAL = "original_max_position_embeddings";
  private static final String PARTIAL = "partial_rotary_factor";
  private static final String PARAMETERS = "rope_parameters";
  private static final String SCALING = "rope_scaling";
  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  private final ConfigJson json;
  private final int positions;
  private final int headSize;

  RopeReader(ConfigJson json, int positions, int headSize) {
    this.json = json;
    this.positions = positions;
    this.headSize = headSize;
  }

  /** Reads those of whole heads; {@code rotated} says which layers have any. */
  Rope read(double defaultTheta, List<Boolean> rotated) {
    Optional<ConfigJson> inside = parameters();
    ConfigJson rope = inside.orElse(json);
    inside.ifPresent(RopeReader::requireFlat);
    requireWhole(rope.isPresent(PARTIAL) ? rope : json);
    double theta = theta(inside, defaultTheta);
    return new Rope(
        theta,
        inside.flatMap(place -> scaling(place, headSize, theta, this::originalPositions)),
        rotated);
  }

  /**
   * Reads those of Phi-3, which rotates a share of the channels, in all {@code layers}; its {@code
   * original_max_position_embeddings} is the one above.
   */
  Rope readPartial(double defaultTheta, int layers, int defaultOriginal) {
    Optional<ConfigJson> inside = parameters();
    ConfigJson rope = inside.orElse(json);
    inside.ifPresent(RopeReader::requireFlat);
    ConfigJson place = rope.isPresent(PARTIAL) ? rope : json;
    double share = place.number(PARTIAL, 1);
    int channels = (int) (headSize * share);
    if (!(share > 0 && share <= 1) || channels < 2 || channels % 2 != 0) {
      throw place.error(
          PARTIAL, "in (0, 1], an even number of the " + headSize + " channels of a head");
    }
    double theta = theta(inside, defaultTheta);
    int first = json.isPresent(ORIGINAL) ? positive(json) : defaultOriginal;
    inside.ifPresent(given -> requirePhi3(given, channels));
    Optional<Rope.Scaling> scaling =
        inside.flatMap(given -> scaling(given, channels, theta, any -> first));
    return new Rope(theta, scaling, share, Collections.nCopies(layers, true), Optional.empty());
  }

  private void requirePhi3(ConfigJson rope, int channels) {
    String key = typeKey(rope);
    if (!List.of("default", "longrope").contains(rope.text(key, "default"))) {
      throw rope.error(key, "default or longrope");
    }
    for (String factors : List.of("short_factor", "long_factor")) {
      if (rope.has(factors)) {
        new RopeStretch(rope, positions, channels).factors(factors);
      }
    }
  }

  /**
   * Reads those of Gemma 3, which differ between layers with and without a window: {@code
   * rope_parameters} has an object for each type of layer; older files have {@code rope_theta} and
   * {@code rope_scaling} of the layers without, {@code rope_local_base_freq} of those with a
   * window.
   */
  Rope readByLayerType(double fullTheta, double slidingTheta, int layers) {
    requireObjects();
    requireWhole(json);
    Optional<ConfigJson> given =
        json.has(PARAMETERS) ? Optional.of(json.object(PARAMETERS)) : Optional.empty();
    given.ifPresent(RopeReader::requireByLayerType);
    boolean old = json.size(SCALING) > 0;
    if (old && given.isPresent()) {
      throw json.error(SCALING, "none beside rope_parameters");
    }
    Optional<ConfigJson> full =
        old ? Optional.of(json.object(SCALING)) : given.flatMap(all -> inner(all, FULL));
    Optional<ConfigJson> sliding = given.flatMap(all -> inner(all, SLIDING));
    List<Boolean> rotated = Collections.nCopies(layers, true);
    Rope windowed =
        byType(sliding, "rope_local_base_freq", slidingTheta, rotated, Optional.empty());
    return byType(full, THETA, fullTheta, rotated, Optional.of(windowed));
  }

  private Rope byType(
      Optional<ConfigJson> rope,
      String above,
      double absent,
      List<Boolean> rotated,
      Optional<Rope> windowed) {
    rope.ifPresent(RopeReader::requireFlat);
    rope.ifPresent(this::requireWhole);
    boolean own = rope.isPresent() && rope.get().isPresent(THETA);
    double theta = own ? theta(rope.get(), THETA, absent) : theta(json, above, absent);
    Optional<Rope.Scaling> scaling =
        rope.flatMap(given -> scaling(given, headSize, theta, this::originalInside));
    if (scaling.isPresent() && scaling.get() instanceof Rope.LongRope) {
      throw rope.get().error(typeKey(rope.get()), "another one than longrope");
    }
    return new Rope(theta, scaling, 1, rotated, windowed);
  }

  private static Optional<ConfigJson> inner(ConfigJson parameters, String type) {
    return parameters.has(type) ? Optional.of(parameters.object(type)) : Optional.empty();
  }

  private static void requireByLayerType(ConfigJson parameters) {
    for (String key : parameters.keys()) {
      if (!key.equals(FULL) && !key.equals(SLIDING)) {
        throw parameters.error(key, FULL + " and " + SLIDING + ", each an object");
      }
    }
  }

  private static void requireFlat(ConfigJson rope) {
    for (String key : rope.keys()) {
      if (rope.isObject(key)) {
        throw rope.error(key, "no object; all layers share one set of rotary positions");
      }
    }
  }

  private Optional<ConfigJson> parameters() {
    requireObjects();
    String key = json.size(SCALING) > 0 ? SCALING : PARAMETERS;
    return json.size(key) > 0 ? Optional.of(json.object(key)) : Optional.empty();
  }

  private void requireObjects() {
    for (String key : List.of(SCALING, PARAMETERS)) {
      if (json.has(key) && !json.isObject(key)) {
        throw json.error(key, "an object");
      }
    }
  }

  private double theta(Optional<ConfigJson> inside, double absent) {
    boolean own = inside.isPresent() && inside.get().isPresent(THETA);
    return theta(own ? inside.get() : json, THETA, absent);
  }

  private static double theta(ConfigJson json, String key, double absent) {
    double theta = json.number(key, absent);
    if (!(theta > 0)) {
      throw json.error(key, "above 0");
    }
    return theta;
  }

  /** Only whole heads are rotated. */
  private void requireWhole(ConfigJson place) {
    boolean none = place == json ? !json.has(PARTIAL) : !place.isPresent(PARTIAL);
    if (!none && place.number(PARTIAL) != 1) {
      throw place.error(PARTIAL, "1");
    }
  }

  private static String typeKey(ConfigJson rope) {
    return rope.isPresent("type") && !rope.isPresent("rope_type") ? "type" : "rope_type";
  }

  private Optional<Rope.Scaling> scaling(
      ConfigJson rope, int channels, double theta, ToIntFunction<ConfigJson> original) {
    String key = typeKey(rope);
    RopeStretch stretch = new RopeStretch(rope, positions, channels);
    return switch (rope.text(key, "default")) {
      case "default" -> Optional.empty();
      case "linear" -> Optional.of(stretch.linear());
      case "dynamic" -> dynamic(rope, stretch);
      case "llama3" -> Optional.of(stretch.llama3(original.applyAsInt(rope)));
      case "yarn" -> Optional.of(stretch.yarn(original.applyAsInt(rope), theta));
      case "longrope" -> Optional.of(stretch.longRope(original.applyAsInt(rope)));
      default -> throw rope.error(key, TYPES);
    };
  }

  private Optional<Rope.Scaling> dynamic(ConfigJson rope, RopeStretch stretch) {
    stretch.linear(); // checks the factor
    if (headSize <= 2) {
      throw rope.error("rope_type", "another one, where head_dim = " + headSize);
    }
    return Optional.empty();
  }

  /** Positions that a stretched model was first trained with. */
  private int originalPositions(ConfigJson rope) {
    int inside = originalInside(rope);
    return json.isPresent(ORIGINAL) ? positive(json) : inside;
  }

  private int originalInside(ConfigJson rope) {
    return rope.isPresent(ORIGINAL) ? positive(rope) : positions;
  }

  private static int positive(ConfigJson place) {
    int original = place.integer(ORIGINAL);
    if (original < 1) {
      throw place.error(ORIGINAL, "at least 1");
    }
    return original;
  }
}
