package dev.kelpie.wire;

import dev.kelpie.wire.broadcast.Holders;
import dev.kelpie.wire.broadcast.Holding;
import dev.kelpie.wire.broadcast.Ranges;
import dev.kelpie.wire.control.HolderPb;
import dev.kelpie.wire.control.HoldersPb;
import dev.kelpie.wire.control.HoldingPb;
import dev.kelpie.wire.control.RangePb;
import java.util.List;

/** Protobuf forms of who holds which parts of a file. */
public final class HoldingCodec {
  private HoldingCodec() {}

  /** A form without node and address. */
  public static HoldingPb write(Holding holding) {
    return HoldingPb.newBuilder()
        .setChunksSha256(holding.chunksSha256())
        .setUrl(holding.url())
        .addAllHeld(write(holding.held()))
        .setWants(holding.wants())
        .build();
  }

  public static Holding read(HoldingPb form) {
    return new Holding(
        form.getChunksSha256(), form.getUrl(), read(form.getHeldList()), form.getWants());
  }

  public static HoldersPb write(Holders holders) {
    HoldersPb.Builder form =
        HoldersPb.newBuilder()
            .setChunksSha256(holders.chunksSha256())
            .setIndex(holders.index())
            .setCount(holders.count());
    holders
        .holders()
        .forEach(
            holder ->
                form.addHolders(
                    HolderPb.newBuilder()
                        .setUrl(holder.url())
                        .addAllHeld(write(holder.held()))
                        .build()));
    return form.build();
  }

  public static Holders read(HoldersPb form) {
    return new Holders(
        form.getChunksSha256(),
        form.getIndex(),
        form.getCount(),
        form.getHoldersList().stream()
            .map(holder -> new Holders.Holder(holder.getUrl(), read(holder.getHeldList())))
            .toList());
  }

  private static List<RangePb> write(Ranges ranges) {
    return ranges.ranges().stream()
        .map(range -> RangePb.newBuilder().setFrom(range.from()).setTo(range.to()).build())
        .toList();
  }

  private static Ranges read(List<RangePb> ranges) {
    return new Ranges(
        ranges.stream().map(range -> new Ranges.Range(range.getFrom(), range.getTo())).toList());
  }
}
