package dev.kelpie.jinja;

import java.util.HashMap;
import java.util.Map;

/** A {@code namespace(...)}: its attributes may be set from inner scopes. */
record Namespace(Map<String, Object> attributes) {
  Namespace {
    attributes = new HashMap<>(attributes);
  }
}
