package dev.kelpie.wire.arrow;

import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BufferLayout;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Checks that a record batch has the values and buffers that its schema asks for. The library does
 * not: where lengths differ it fills up the buffers, and these are read-only mappings here, so that
 * the process would be killed; offsets out of order let it reserve memory of any size.
 */
final class BatchBounds {
  private final Iterator<ArrowFieldNode> nodes;
  private final Iterator<ArrowBuf> buffers;
  private final long mostValues;

  private BatchBounds(ArrowRecordBatch batch, long bytes) {
    this.nodes = batch.getNodes().iterator();
    this.buffers = batch.getBuffers().iterator();
    this.mostValues = 8 * bytes + 64;
  }

  /**
   * Checks a batch whose buffers have {@code bytes} together.
   *
   * @throws IllegalArgumentException that names the first column which does not fit
   */
  static void require(Schema schema, ArrowRecordBatch batch, long bytes) {
    long rows = batch.getLength();
    BatchBounds bounds = new BatchBounds(batch, bytes);
    if (rows < 0 || rows > bounds.mostValues) {
      throw new IllegalArgumentException(rows + " rows");
    }
    for (Field column : schema.getFields()) {
      bounds.check(column, rows, rows);
    }
  }

  private void check(Field field, long least, long most) {
    require(nodes.hasNext(), field, "column");
    ArrowFieldNode node = nodes.next();
    long values = node.getLength();
    long missing = node.getNullCount();
    require(values >= least && values <= most, field, "number of values");
    require(missing >= 0 && missing <= values, field, "number of missing values");
    long end = 0;
    boolean variable = false;
    for (BufferLayout layout : TypeLayout.getTypeLayout(field.getType()).getBufferLayouts()) {
      require(buffers.hasNext(), field, "buffers");
      ArrowBuf buffer = buffers.next();
      long bits = Math.multiplyExact(buffer.capacity(), 8L);
      switch (layout.getType()) {
        case VALIDITY -> require(missing == 0 || bits >= values, field, "missing values");
        case OFFSET -> {
          variable = true;
          end = lastOffset(field, buffer, values, layout.getTypeBitWidth() / 8);
        }
        case DATA -> {
          long needed =
              variable
                  ? Math.multiplyExact(end, 8L)
                  : Math.multiplyExact(values, (long) layout.getTypeBitWidth());
          require(bits >= needed, field, "values");
        }
        default -> throw unread(field);
      }
    }
    checkChildren(field, values, end);
  }

  private void checkChildren(Field field, long values, long end) {
    List<Field> children = field.getChildren();
    ArrowType type = field.getType();
    if (type instanceof ArrowType.List
        || type instanceof ArrowType.LargeList
        || type instanceof ArrowType.Map) {
      check(children.get(0), end, mostValues);
    } else if (type instanceof ArrowType.FixedSizeList list) {
      require(list.getListSize() >= 0, field, "list size");
      check(children.get(0), Math.multiplyExact(values, (long) list.getListSize()), mostValues);
    } else if (type instanceof ArrowType.Struct) {
      children.forEach(child -> check(child, values, values));
    } else if (!children.isEmpty()) {
      throw unread(field);
    }
  }

  /** The last of the offsets, which never decrease. */
  private static long lastOffset(Field field, ArrowBuf offsets, long values, int width) {
    if (values == 0) {
      return 0;
    }
    require(offsets.capacity() >= Math.multiplyExact(values + 1, (long) width), field, "offsets");
    long before = 0;
    for (long i = 0; i <= values; i++) {
      long next = width == 8 ? offsets.getLong(8 * i) : offsets.getInt(4 * i);
      require(next >= before, field, "offsets");
      before = next;
    }
    return before;
  }

  private static void require(boolean holds, Field field, String what) {
    if (!holds) {
      throw new IllegalArgumentException(
          "column " + field.getName() + ": its " + what + " do not fit its buffers");
    }
  }

  private static IllegalArgumentException unread(Field field) {
    return new IllegalArgumentException(
        "column " + field.getName() + " is " + field.getType() + ", which is not read");
  }
}
