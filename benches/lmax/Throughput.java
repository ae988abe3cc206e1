import static com.lmax.disruptor.RingBuffer.createSingleProducer;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.EventTranslatorOneArg;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.Sequencer;
import com.lmax.disruptor.SingleProducerSequencer;
import com.lmax.disruptor.YieldingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;

/**
 * LMAX's Disruptor in the shapes of the comparison: Throughput SHAPE EVENTS. Rings, events, work, checks and the last line of the
 * output are those of benches/compare; all wait by YieldingWaitStrategy.
 */
public final class Throughput {
    private static final String USAGE = "usage: Throughput SHAPE EVENTS | --list | --version";
    private static final String[] SHAPES = {"unicast", "unicast-batch", "unicast-poller", "translator", "long-array", "raw",
        "raw-batch", "pipeline", "diamond", "multicast", "sequencer", "sequencer-batch", "three-to-three"};
    private static final int BATCH = 10;
    private static final int PRODUCERS = 3;
    private static final int LONGS = 2048;
    private static final int FEW = 1024;
    private static final long START = 777;

    private static final class Function {
        long one;
        long two;
        long sum;
        long more;
    }

    private static final class FizzBuzz {
        long value;
        boolean fizz;
        boolean buzz;
    }

    private Throughput() {
    }

    /** Measures one shape, or says what there is. */
    public static void main(final String[] arguments) throws Exception {
        if (arguments.length == 1 && arguments[0].equals("--list")) {
            for (final String shape : SHAPES) {
                System.out.println("lmax " + shape);
            }
            return;
        }
        if (arguments.length == 1 && arguments[0].equals("--version")) {
            System.out.println(Rounds.version());
            return;
        }
        if (arguments.length != 2) {
            Rounds.usage(USAGE);
        }
        final long events = Long.parseLong(arguments[1]);
        Rounds.measure(arguments[0], events, round(arguments[0], events));
    }

    private static Rounds.Round round(final String shape, final long events) {
        switch (shape) {
            case "unicast":
                return () -> unicast(events, ring -> Stages.publish(ring, 0, events));
            case "unicast-batch":
                return () -> unicast(events, ring -> Stages.publishBatches(ring, 0, events, BATCH));
            case "translator":
                final EventTranslatorOneArg<Stages.Value, Long> boxed = (event, sequence, value) -> event.value = value;
                return () -> unicast(events, ring -> translate(ring, boxed, events));
            case "unicast-poller":
                return () -> poller(events);
            case "long-array":
                return () -> longArray(events);
            case "raw":
                return () -> raw(events, 1);
            case "raw-batch":
                return () -> raw(events, BATCH);
            case "pipeline":
                return () -> pipeline(events);
            case "diamond":
                return () -> diamond(events);
            case "multicast":
                return () -> multicast(events);
            case "sequencer":
                return () -> sequencer(events, 1);
            case "sequencer-batch":
                return () -> sequencer(events, BATCH);
            case "three-to-three":
                return () -> threeToThree(events);
            default:
                Rounds.usage("there is no shape `" + shape + "`\n" + USAGE);
                return null;
        }
    }

    private interface Publish {
        void to(RingBuffer<Stages.Value> ring);
    }

    private static long unicast(final long events, final Publish publish) throws Exception {
        final Disruptor<Stages.Value> disruptor = Stages.values(Stages.LARGE, ProducerType.SINGLE);
        final Stages.Adder add = new Stages.Adder(events);
        disruptor.handleEventsWith(add);
        final RingBuffer<Stages.Value> ring = disruptor.start();
        final long begun = System.nanoTime();
        publish.to(ring);
        final long took = add.ended() - begun;
        disruptor.shutdown();
        Rounds.check("sum", add.sum, Rounds.sumBelow(events));
        return took;
    }

    /** The value reaches the translator as an object: LMAX's interface has no other way. */
    private static void translate(
        final RingBuffer<Stages.Value> ring, final EventTranslatorOneArg<Stages.Value, Long> boxed, final long events) {
        for (long value = 0; value < events; value++) {
            ring.publishEvent(boxed, value);
        }
    }

    private static final class PollingSum implements EventPoller.Handler<Stages.Value> {
        long sum;
        long left;

        @Override
        public boolean onEvent(final Stages.Value event, final long sequence, final boolean endOfBatch) {
            sum += event.value;
            left--;
            return true;
        }
    }

    private static long poller(final long events) throws Exception {
        final RingBuffer<Stages.Value> ring =
            createSingleProducer(Stages.Value::new, Stages.LARGE, new YieldingWaitStrategy());
        final EventPoller<Stages.Value> poller = ring.newPoller();
        ring.addGatingSequences(poller.getSequence());
        final PollingSum handler = new PollingSum();
        handler.left = events;
        final long[] ended = new long[1];
        final Thread thread = new Thread(() -> {
            try {
                while (handler.left > 0) {
                    if (poller.poll(handler) != EventPoller.PollState.PROCESSING) {
                        Thread.yield();
                    }
                }
            } catch (final Exception exception) {
                throw new IllegalStateException(exception);
            }
            ended[0] = System.nanoTime();
        });
        thread.start();
        final long begun = System.nanoTime();
        Stages.publish(ring, 0, events);
        thread.join();
        Rounds.check("sum", handler.sum, Rounds.sumBelow(events));
        return ended[0] - begun;
    }

    private static final class LongsAdder extends Stages.Stage<long[]> {
        long sum;

        LongsAdder(final long events) {
            super(events);
        }

        @Override
        void handle(final long[] event) {
            for (final long value : event) {
                sum += value;
            }
        }
    }

    private static long longArray(final long events) throws Exception {
        final Disruptor<long[]> disruptor = new Disruptor<>(() -> new long[LONGS], FEW, DaemonThreadFactory.INSTANCE,
            ProducerType.SINGLE, new YieldingWaitStrategy());
        final LongsAdder add = new LongsAdder(events);
        disruptor.handleEventsWith(add);
        final RingBuffer<long[]> ring = disruptor.start();
        final long begun = System.nanoTime();
        for (long value = 0; value < events; value++) {
            final long sequence = ring.next();
            java.util.Arrays.fill(ring.get(sequence), value);
            ring.publish(sequence);
        }
        final long took = add.ended() - begun;
        disruptor.shutdown();
        Rounds.check("sum", add.sum, Rounds.sumBelow(events) * LONGS);
        return took;
    }

    /** A sequencer without a ring: one thread claims and publishes, another waits and releases. */
    private static long raw(final long events, final int batch) throws Exception {
        final Sequencer sequencer = new SingleProducerSequencer(Stages.LARGE, new YieldingWaitStrategy());
        final Sequence released = new Sequence(-1);
        sequencer.addGatingSequences(released);
        final SequenceBarrier barrier = sequencer.newBarrier();
        final long[] ended = new long[1];
        final Thread thread = new Thread(() -> {
            try {
                long next = 0;
                while (next < events) {
                    final long available = barrier.waitFor(next);
                    released.set(available);
                    next = available + 1;
                }
            } catch (final Exception exception) {
                throw new IllegalStateException(exception);
            }
            ended[0] = System.nanoTime();
        });
        thread.start();
        final long begun = System.nanoTime();
        for (long value = 0; value < events; value += batch) {
            final int count = (int) Math.min(batch, events - value);
            final long high = sequencer.next(count);
            sequencer.publish(high - count + 1, high);
        }
        thread.join();
        Rounds.check("released", released.get(), events - 1);
        return ended[0] - begun;
    }

    private static final class Keeper extends Stages.Stage<Function> {
        long sum;

        Keeper(final long events) {
            super(events);
        }

        @Override
        void handle(final Function event) {
            if ((event.more & 4) == 4) {
                sum += event.more;
            }
        }
    }

    private static long pipeline(final long events) throws Exception {
        final Disruptor<Function> disruptor = new Disruptor<>(Function::new, Stages.SMALL, DaemonThreadFactory.INSTANCE,
            ProducerType.SINGLE, new YieldingWaitStrategy());
        final Keeper third = new Keeper(events);
        disruptor.handleEventsWith((event, sequence, end) -> event.sum = event.one + event.two)
            .then((event, sequence, end) -> event.more = event.sum + 3)
            .then(third);
        final RingBuffer<Function> ring = disruptor.start();
        final long begun = System.nanoTime();
        for (long value = 0; value < events; value++) {
            final long sequence = ring.next();
            final Function event = ring.get(sequence);
            event.one = value;
            event.two = START - 2 * value;
            ring.publish(sequence);
        }
        final long took = third.ended() - begun;
        disruptor.shutdown();
        long expected = 0;
        for (long value = 0; value < events; value++) {
            final long more = value + START - 2 * value + 3;
            expected += (more & 4) == 4 ? more : 0;
        }
        Rounds.check("sum", third.sum, expected);
        return took;
    }

    private static final class FizzBuzzCounter extends Stages.Stage<FizzBuzz> {
        long count;

        FizzBuzzCounter(final long events) {
            super(events);
        }

        @Override
        void handle(final FizzBuzz event) {
            if (event.fizz && event.buzz) {
                count++;
            }
        }
    }

    private static long diamond(final long events) throws Exception {
        final Disruptor<FizzBuzz> disruptor = new Disruptor<>(FizzBuzz::new, Stages.SMALL, DaemonThreadFactory.INSTANCE,
            ProducerType.SINGLE, new YieldingWaitStrategy());
        final FizzBuzzCounter both = new FizzBuzzCounter(events);
        disruptor.handleEventsWith(
            (event, sequence, end) -> event.fizz = event.value % 3 == 0,
            (event, sequence, end) -> event.buzz = event.value % 5 == 0).then(both);
        final RingBuffer<FizzBuzz> ring = disruptor.start();
        final long begun = System.nanoTime();
        for (long value = 0; value < events; value++) {
            final long sequence = ring.next();
            ring.get(sequence).value = value;
            ring.publish(sequence);
        }
        final long took = both.ended() - begun;
        disruptor.shutdown();
        Rounds.check("count", both.count, (events + 14) / 15);
        return took;
    }

    private static long multicast(final long events) throws Exception {
        final Disruptor<Stages.Value> disruptor = Stages.values(Stages.SMALL, ProducerType.SINGLE);
        final Stages.Adder add = new Stages.Adder(events);
        final Stages.Subtracter subtract = new Stages.Subtracter(events);
        final Stages.Ander and = new Stages.Ander(events);
        disruptor.handleEventsWith(add, subtract, and);
        final RingBuffer<Stages.Value> ring = disruptor.start();
        final long begun = System.nanoTime();
        Stages.publish(ring, 0, events);
        final long took = Math.max(add.ended(), Math.max(subtract.ended(), and.ended())) - begun;
        disruptor.shutdown();
        Rounds.check("sum", add.sum, Rounds.sumBelow(events));
        Rounds.check("difference", subtract.difference, -Rounds.sumBelow(events));
        Rounds.check("conjunction", and.all, 0);
        return took;
    }

    private static long sequencer(final long events, final int batch) throws Exception {
        final Disruptor<Stages.Value> disruptor = Stages.values(Stages.LARGE, ProducerType.MULTI);
        final Stages.Adder add = new Stages.Adder(events);
        disruptor.handleEventsWith(add);
        final RingBuffer<Stages.Value> ring = disruptor.start();
        final long begun = System.nanoTime();
        if (batch == 1) {
            Stages.sharedOut(events, PRODUCERS, (from, to) -> Stages.publish(ring, from, to));
        } else {
            Stages.sharedOut(events, PRODUCERS, (from, to) -> Stages.publishBatches(ring, from, to, batch));
        }
        final long took = add.ended() - begun;
        disruptor.shutdown();
        Rounds.check("sum", add.sum, Rounds.sumBelow(events));
        return took;
    }

    /** A ring for each producer, and one thread that takes what is there from all of them, as LMAX's multi-buffer processor. */
    private static long threeToThree(final long events) throws Exception {
        final RingBuffer<?>[] rings = new RingBuffer<?>[PRODUCERS];
        final Sequence[] released = new Sequence[PRODUCERS];
        for (int place = 0; place < PRODUCERS; place++) {
            rings[place] = createSingleProducer(() -> new long[PRODUCERS], Stages.LARGE, new YieldingWaitStrategy());
            released[place] = new Sequence(-1);
            rings[place].addGatingSequences(released[place]);
        }
        final long[] result = new long[2];
        final Thread thread = new Thread(() -> takeAll(rings, released, events, result));
        thread.start();
        final long begun = System.nanoTime();
        final java.util.concurrent.atomic.AtomicInteger place = new java.util.concurrent.atomic.AtomicInteger();
        Stages.sharedOut(events, PRODUCERS, (from, to) -> publishThrees(rings[place.getAndIncrement()], from, to));
        thread.join();
        Rounds.check("sum", result[0], 3 * Rounds.sumBelow(events) + 3 * events);
        return result[1] - begun;
    }

    private static void publishThrees(final RingBuffer<?> ring, final long from, final long to) {
        for (long value = from; value < to; value++) {
            final long sequence = ring.next();
            final long[] event = (long[]) ring.get(sequence);
            event[0] = value;
            event[1] = value + 1;
            event[2] = value + 2;
            ring.publish(sequence);
        }
    }

    private static void takeAll(
        final RingBuffer<?>[] rings, final Sequence[] released, final long events, final long[] result) {
        long sum = 0;
        long left = events;
        final long[] next = new long[rings.length];
        while (left > 0) {
            final long before = left;
            for (int place = 0; place < rings.length; place++) {
                final long available = rings[place].getCursor();
                for (long sequence = next[place]; sequence <= available; sequence++) {
                    for (final long value : (long[]) rings[place].get(sequence)) {
                        sum += value;
                    }
                }
                left -= available + 1 - next[place];
                next[place] = available + 1;
                released[place].set(available);
            }
            if (left == before) {
                Thread.yield();
            }
        }
        result[0] = sum;
        result[1] = System.nanoTime();
    }
}
