package dev.kelpie.cli.sweep;

import com.typesafe.config.Config;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A setting of the experiment that is run with every seed.
 *
 * @param name the name of its folder
 * @param settings what distinguishes it from other cells: values by key, as text
 * @param overrides what it changes in the experiment, with the places where that is written
 */
record Cell(String name, Map<String, String> settings, Config overrides) {
  Cell {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }
}
