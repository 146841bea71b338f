package dev.kelpie.config;

import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.Map;

/** Meanings of the keys of an option record, read from its {@link Doc} annotations. */
public final class OptionDocs {
  private OptionDocs() {}

  /** By key, in kebab-case; a component without {@link Doc} is left out. */
  public static Map<String, String> of(Class<?> record) {
    Map<String, String> meanings = new HashMap<>();
    for (RecordComponent component : record.getRecordComponents()) {
      Doc doc = component.getAnnotation(Doc.class);
      if (doc != null) {
        meanings.put(KebabCase.of(component.getName()), doc.value());
      }
    }
    return meanings;
  }
}
