// Encoders and decoder are held to each other: random packets of every family and generation come back as
// they went, alone and in streams, with nothing lost at the seams.
#include <gtest/gtest.h>

#include "targets/amdgpu/pm4/packets/layout.hpp"
#include "targets/amdgpu/pm4/packets/nop.hpp"
#include "targets/amdgpu/pm4/packets/set_registers.hpp"
#include "tests/amdgpu_pm4/streams.hpp"

namespace sporkle::amdgpu::pm4::testing {
namespace {

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t bits(unsigned count) { return count == 0 ? 0 : engine_() >> (64 - count); }
    std::uint32_t word() { return static_cast<std::uint32_t>(bits(32)); }
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
    /// Any value of a word in which only the bits of a layout's fields are set.
    std::uint32_t body_word(const PacketLayout& layout, std::size_t w) {
        return word() & layout.defined_bits(w);
    }

  private:
    std::mt19937_64 engine_;
};

struct Sent {
    std::size_t position;
    Contents contents;
    std::vector<std::uint32_t> data;  ///< of WriteData
};

class StreamMaker {
  public:
    StreamMaker(const Chip& chip, std::uint64_t seed) : chip_(chip), random_(seed) {}

    void add() {
        const std::size_t position = stream.size();
        switch (random_.below(12)) {
            case 0:
                keep(position, acquire());
                break;
            case 1:
                keep(position, release());
                break;
            case 2: {
                const EventWrite p{static_cast<std::uint8_t>(random_.bits(6)),
                                   static_cast<std::uint8_t>(random_.bits(4))};
                keep(position, p);
                break;
            }
            case 3:
                keep(position, copy());
                break;
            case 4:
                write(position);
                break;
            case 5: {
                const DispatchDirect p{{random_.word(), random_.word(), random_.word()},
                                       body(Opcode::dispatch_direct, 3)};
                keep(position, p);
                break;
            }
            case 6:
                keep(position, DispatchIndirect{random_.bits(64), random_.word()});
                break;
            case 7: {
                const WaitRegMem p{static_cast<std::uint8_t>(random_.bits(3)),
                                   static_cast<std::uint8_t>(random_.bits(2)),
                                   static_cast<std::uint8_t>(random_.bits(2)),
                                   random_.bits(64),
                                   random_.word(),
                                   random_.word(),
                                   static_cast<std::uint16_t>(random_.bits(16))};
                keep(position, p);
                break;
            }
            case 8: {
                const IndirectBuffer p{random_.bits(64), static_cast<std::uint32_t>(random_.bits(20)),
                                       random_.bits(1) != 0, random_.bits(1) != 0,
                                       static_cast<std::uint8_t>(random_.bits(4))};
                keep(position, p);
                break;
            }
            case 9: {
                const DmaData p{body(Opcode::dma_data, 0), random_.bits(64), random_.bits(64),
                                body(Opcode::dma_data, 5)};
                keep(position, p);
                break;
            }
            case 10:
                registers(position);
                break;
            default:
                stream.push_back(nop_word), sent.push_back({position, Nop{}, {}});
        }
    }

    std::vector<std::uint32_t> stream;
    std::vector<Sent> sent;

  private:
    std::uint32_t body(Opcode opcode, std::size_t w) {
        return random_.body_word(*find_layout(chip_.generation, static_cast<std::uint8_t>(opcode)), w);
    }
    template <class T>
    void keep(std::size_t position, const T& p) {
        if constexpr (std::is_same_v<T, AcquireMem>)
            append(stream, encode(p, chip_.generation));
        else
            append(stream, encode(p));
        sent.push_back({position, p, {}});
    }
    AcquireMem acquire() {
        AcquireMem p;
        p.caches = body(Opcode::acquire_mem, has_gcr(chip_.generation) ? 6 : 0);
        p.base = random_.bits(56);
        p.size = random_.bits(chip_.major() >= 11 ? 57 : 56);
        p.poll_interval = static_cast<std::uint32_t>(random_.bits(16));
        return p;
    }
    ReleaseMem release() {
        namespace f = release_mem;
        ReleaseMem p;
        p.caches = body(Opcode::release_mem, 0) & ~(f::event_type.mask() | f::event_index.mask());
        p.event_type = static_cast<std::uint8_t>(random_.bits(6));
        p.event_index = static_cast<std::uint8_t>(random_.bits(4));
        p.dst_sel = static_cast<std::uint8_t>(random_.bits(2));
        p.int_sel = static_cast<std::uint8_t>(random_.bits(3));
        p.data_sel = static_cast<std::uint8_t>(random_.bits(3));
        p.address = random_.bits(64);
        p.data = random_.bits(64);
        p.interrupt_context = random_.word();
        return p;
    }
    CopyData copy() {
        CopyData p;
        p.source = static_cast<std::uint8_t>(random_.bits(4));
        p.destination = static_cast<std::uint8_t>(random_.bits(4));
        p.is_64_bit = random_.bits(1);
        p.confirm = random_.bits(1);
        p.source_policy = static_cast<std::uint8_t>(random_.bits(2));
        p.destination_policy = static_cast<std::uint8_t>(random_.bits(2));
        p.from = random_.bits(64);
        p.to = random_.bits(64);
        return p;
    }
    void write(std::size_t position) {
        std::vector<std::uint32_t> data(1 + random_.below(20));
        for (std::uint32_t& word : data) word = random_.word();
        WriteData p;
        p.destination = static_cast<std::uint8_t>(random_.bits(4));
        p.one_address = random_.bits(1);
        p.confirm = random_.bits(1);
        p.cache_policy = static_cast<std::uint8_t>(random_.bits(2));
        p.engine = static_cast<std::uint8_t>(random_.bits(2));
        p.address = random_.bits(64);
        p.data = data;
        append_write_data(stream, p);
        p.data = {};
        sent.push_back({position, p, data});
    }
    void registers(std::size_t position) {
        const std::size_t first = random_.below(0x3F0), count = 1 + random_.below(16);
        std::vector<std::uint32_t> values(count);
        for (std::uint32_t& value : values) value = random_.word();
        append_set_registers(stream, Space::sh, static_cast<std::uint32_t>(first), values);
        SetRegisters p;
        for (std::size_t i = 0; i < count; ++i)
            p.writes.push_back(
                {Space::sh, static_cast<std::uint32_t>(first + i), values[i], nullptr, position + 2 + i});
        sent.push_back({position, p, {}});
    }

    const Chip& chip_;
    Random random_;
};

void expect_same(const Packet& packet, const Sent& sent) {
    ASSERT_EQ(packet.position, sent.position);
    ASSERT_EQ(packet.contents.index(), sent.contents.index());
    std::visit(
        [&](const auto& expected) {
            using T = std::decay_t<decltype(expected)>;
            const T& found = *packet.as<T>();
            if constexpr (std::is_same_v<T, SetRegisters>) {
                ASSERT_EQ(found.writes.size(), expected.writes.size());
                for (std::size_t i = 0; i < found.writes.size(); ++i) {
                    EXPECT_EQ(found.writes[i].offset, expected.writes[i].offset);
                    EXPECT_EQ(found.writes[i].value, expected.writes[i].value);
                    EXPECT_EQ(found.writes[i].position, expected.writes[i].position);
                }
            } else if constexpr (std::is_same_v<T, WriteData>) {
                EXPECT_EQ(found.destination, expected.destination);
                EXPECT_EQ(found.one_address, expected.one_address);
                EXPECT_EQ(found.confirm, expected.confirm);
                EXPECT_EQ(found.cache_policy, expected.cache_policy);
                EXPECT_EQ(found.engine, expected.engine);
                EXPECT_EQ(found.address, expected.address);
                EXPECT_EQ(std::vector<std::uint32_t>(found.data.begin(), found.data.end()), sent.data);
            } else if constexpr (std::is_same_v<T, Nop> || std::is_same_v<T, Unknown>) {
                EXPECT_TRUE((std::is_same_v<T, Nop>));
            } else {
                EXPECT_TRUE(found == expected);
            }
        },
        sent.contents);
}

TEST(RoundTrip, RandomStreamsComeBack) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE("SPORKLE_TEST_SEED=" + std::to_string(seed));
    for (const char* name : emitted_chips) {
        const Chip& chip = chip_named(name);
        SCOPED_TRACE(name);
        for (std::uint64_t s = 0; s < 20; ++s) {
            StreamMaker maker(chip, seed + s);
            for (int i = 0; i < 100; ++i) maker.add();
            const auto packets = decode(maker.stream, chip);
            ASSERT_EQ(packets.size(), maker.sent.size());
            for (std::size_t i = 0; i < packets.size(); ++i) expect_same(packets[i], maker.sent[i]);
            if (HasFatalFailure() || HasFailure()) return;
        }
    }
}

/// Words in which only defined bits are set have no fault about reserved bits, and a bit more always has one.
TEST(RoundTrip, EveryReservedBitOfEveryPacketIsNoticed) {
    const std::uint64_t seed = test_seed();
    SCOPED_TRACE("SPORKLE_TEST_SEED=" + std::to_string(seed));
    Random random(seed);
    const auto complains = [](const std::vector<std::uint32_t>& stream, const Chip& chip) {
        for (const Fault& fault : decode_packet(stream, 0, chip).faults)
            if (fault.text.find("reserved on") != std::string::npos) return true;
        return false;
    };
    for (const char* name : emitted_chips) {
        const Chip& chip = chip_named(name);
        for (const PacketLayout& layout : packet_layouts()) {
            if (!layout.is_on(chip.generation) || layout.fields.empty() ||
                layout.opcode == Opcode::set_sh_reg || layout.opcode == Opcode::set_uconfig_reg)
                continue;
            std::vector<std::uint32_t> stream = {packet3(layout.opcode, layout.shortest)};
            for (std::size_t w = 0; w < layout.shortest; ++w)
                stream.push_back(w < layout.named_words() ? random.body_word(layout, w) : random.word());
            EXPECT_FALSE(complains(stream, chip)) << name << " " << name_of(layout.opcode);
            for (std::size_t w = 0; w < layout.named_words(); ++w)
                for (int bit = 0; bit < 32; ++bit) {
                    if (layout.defined_bits(w) >> bit & 1) continue;
                    auto wrong = stream;
                    wrong[1 + w] |= 1u << bit;
                    EXPECT_TRUE(complains(wrong, chip))
                        << name << " " << name_of(layout.opcode) << " " << w << " " << bit;
                }
        }
        for (const Register& row : registers()) {
            if (!row.is_on(chip.generation)) continue;
            const Opcode opcode = opcode_of(row.space);
            EXPECT_FALSE(complains({packet3(opcode, 2), row.offset, row.defined_bits()}, chip)) << row.name;
            for (int bit = 0; bit < 32; ++bit)
                EXPECT_NE((row.defined_bits() >> bit & 1) != 0,
                          complains({packet3(opcode, 2), row.offset, 1u << bit}, chip))
                    << row.name << " " << bit;
        }
    }
}

}  // namespace
}  // namespace sporkle::amdgpu::pm4::testing
