package dev.kelpie.model.architecture;

import java.util.List;
import java.util.Optional;

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
  private static final String TYPES = "default, linear, dynamic or llama3";

  private final ConfigJson json;
  private final int positions;
  private final int headSize;

  RopeReader(ConfigJson json, int positions, int headSize) {
    this.json = json;
    this.positions = positions;
    this.headSize = headSize;
  }

  /** Reads them; {@code rotated} says which layers have any. */
  Rope read(double defaultTheta, List<Boolean> rotated) {
    Optional<ConfigJson> inside = parameters();
    if (inside.isEmpty()) {
      requireWhole(json);
      return new Rope(theta(json, defaultTheta), Optional.empty(), rotated);
    }
    ConfigJson rope = inside.get();
    for (String key : rope.keys()) {
      if (rope.isObject(key)) {
        throw rope.error(key, "no object; all layers share one set of rotary positions");
      }
    }
    requireWhole(rope.isPresent("partial_rotary_factor") ? rope : json);
    boolean own = rope.isPresent("rope_theta");
    double theta = own ? theta(rope, defaultTheta) : theta(json, defaultTheta);
    return new Rope(theta, scaling(rope), rotated);
  }

  private Optional<ConfigJson> parameters() {
    for (String key : List.of("rope_scaling", "rope_parameters")) {
      if (json.has(key) && !json.isObject(key)) {
        throw json.error(key, "an object");
      }
    }
    boolean old = json.size("rope_scaling") > 0;
    String key = old ? "rope_scaling" : "rope_parameters";
    return json.size(key) > 0 ? Optional.of(json.object(key)) : Optional.empty();
  }

  private static double theta(ConfigJson json, double absent) {
    double theta = json.number("rope_theta", absent);
    if (!(theta > 0)) {
      throw json.error("rope_theta", "above 0");
    }
    return theta;
  }

  /** Only whole heads are rotated. */
  private void requireWhole(ConfigJson place) {
    boolean none = place == json && !json.has("partial_rotary_factor");
    if (!none && place.number("partial_rotary_factor") != 1) {
      throw place.error("partial_rotary_factor", "1");
    }
  }

  private Optional<Rope.Scaling> scaling(ConfigJson rope) {
    boolean old = rope.isPresent("type") && !rope.isPresent("rope_type");
    String key = old ? "type" : "rope_type";
    return switch (rope.text(key, "default")) {
      case "default" -> Optional.empty();
      case "linear" -> Optional.of(new Rope.Linear(positive(rope, "factor")));
      case "dynamic" -> dynamic(rope);
      case "llama3" ->
          Optional.of(
              new Rope.Llama3(
                  positive(rope, "factor"),
                  positive(rope, "low_freq_factor"),
                  positive(rope, "high_freq_factor"),
                  originalPositions(rope)));
      default -> throw rope.error(key, TYPES);
    };
  }

  private Optional<Rope.Scaling> dynamic(ConfigJson rope) {
    positive(rope, "factor");
    if (headSize <= 2) {
      throw rope.error("rope_type", "another one, where head_dim = " + headSize);
    }
    return Optional.empty();
  }

  private int originalPositions(ConfigJson rope) {
    String key = "original_max_position_embeddings";
    int inside = rope.integer(key, positions);
    int original = json.isPresent(key) ? json.integer(key) : inside;
    if (original < 1) {
      throw (json.isPresent(key) ? json : rope).error(key, "at least 1");
    }
    return original;
  }

  private static double positive(ConfigJson json, String key) {
    double value = json.number(key);
    if (!(value > 0)) {
      throw json.error(key, "above 0");
    }
    return value;
  }
}
