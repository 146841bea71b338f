package dev.kelpie.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A block whose {@code type} decides its options, such as {@code algorithm.loss}.
 *
 * @param path the block's path; {@code reward.NAME} for blocks that the experiment names itself
 * @param catalog the types
 * @param common defaults of the options that every type takes, if there are any
 */
public record TypedBlock(String path, Catalog<?> catalog, Optional<Record> common) {
  /** The defaults of the option records that a block of {@code type} is read into. */
  public List<Object> options(String type) {
    List<Object> records = new ArrayList<>();
    if (catalog.names().contains(type)) {
      common.ifPresent(records::add);
      records.add(catalog.defaults(type));
    }
    return records;
  }
}
