// Encodings, offsets and fields against literals that were written down from the public headers, not from the
// tables: linux/drivers/gpu/drm/amd/amdgpu/{soc15d,nvd}.h and include/asic_reg/gc/gc_*_{offset,sh_mask}.h.
// What can be is checked by the compiler.
#include <gtest/gtest.h>

#include "targets/amdgpu/pm4/packets/acquire_mem.hpp"
#include "targets/amdgpu/pm4/packets/copy_data.hpp"
#include "targets/amdgpu/pm4/packets/dispatch.hpp"
#include "targets/amdgpu/pm4/packets/event_write.hpp"
#include "targets/amdgpu/pm4/packets/indirect_buffer.hpp"
#include "targets/amdgpu/pm4/packets/layout.hpp"
#include "targets/amdgpu/pm4/packets/nop.hpp"
#include "targets/amdgpu/pm4/packets/release_mem.hpp"
#include "targets/amdgpu/pm4/packets/set_registers.hpp"
#include "targets/amdgpu/pm4/packets/wait_reg_mem.hpp"
#include "targets/amdgpu/pm4/packets/write_data.hpp"
#include "targets/amdgpu/pm4/scratch.hpp"

namespace sporkle::amdgpu::pm4 {
namespace {

// PACKET3(op, n): type 3 in [31:30], n in [29:16], op in [15:8].
static_assert(packet3(Opcode::set_sh_reg, 2) == 0xC0017600);
static_assert(packet3(Opcode::dispatch_direct, 4) == 0xC0031500);
static_assert(packet3(Opcode::dispatch_direct, 4, ShaderType::compute) == 0xC0031502);
static_assert(packet3(Opcode::nop, 0x3FFF) == 0xFFFE1000);
static_assert(nop_word == 0xFFFF1000);

template <std::size_t N>
constexpr bool same(const Words& words, const std::uint32_t (&expected)[N]) {
    if (words.size() != N) return false;
    for (std::size_t i = 0; i < N; ++i)
        if (words[i] != expected[i]) return false;
    return true;
}

static_assert(same(encode(cs_partial_flush), {0xC0004600, 0x407}));
static_assert(same(encode(acquire_everything(Generation::gfx9), Generation::gfx9),
                   {0xC0055800, 0x28C40000, 0xFFFFFFFF, 0x00FFFFFF, 0, 0, 0xA}));
static_assert(same(encode(acquire_everything(Generation::gfx942), Generation::gfx942),
                   {0xC0055800, 0x28C40000, 0xFFFFFFFF, 0x00FFFFFF, 0, 0, 0xA}));
static_assert(same(encode(acquire_everything(Generation::gfx10), Generation::gfx10),
                   {0xC0065800, 0, 0xFFFFFFFF, 0x00FFFFFF, 0, 0, 0xA, 0xC3B1}));
static_assert(same(encode(acquire_everything(Generation::gfx12), Generation::gfx12),
                   {0xC0065800, 0, 0xFFFFFFFF, 0x00FFFFFF, 0, 0, 0xA, 0xC381}));
static_assert(same(encode(acquire_between_dispatches(Generation::gfx90a), Generation::gfx90a),
                   {0xC0055800, 0x08400000, 0xFFFFFFFF, 0x00FFFFFF, 0, 0, 0xA}));
static_assert(same(encode(acquire_between_dispatches(Generation::gfx11), Generation::gfx11),
                   {0xC0065800, 0, 0xFFFFFFFF, 0x00FFFFFF, 0, 0, 0xA, 0x380}));
static_assert(same(encode(fence(Generation::gfx9, 0x123456789AB8, 0x500000001)),
                   {0xC0064900, 0x00238514, 0x43000000, 0x56789AB8, 0x1234, 1, 5, 0}));
static_assert(same(encode(fence(Generation::gfx10, 0x123456789AB8, 7)),
                   {0xC0064900, 0x06603514, 0x43000000, 0x56789AB8, 0x1234, 7, 0, 0}));
static_assert(same(encode(fence(Generation::gfx12, 0x123456789AB8, 7)),
                   {0xC0064900, 0x06600514, 0x43000000, 0x56789AB8, 0x1234, 7, 0, 0}));
static_assert(same(encode(end_timestamp(0x123456789AB8)),
                   {0xC0064900, 0x00000528, 0x63000000, 0x56789AB8, 0x1234, 0, 0, 0}));
static_assert(same(encode(begin_timestamp(0x123456789AB8)),
                   {0xC0044000, 0x00110509, 0, 0, 0x56789AB8, 0x1234}));
static_assert(same(encode(DispatchDirect{{1, 2, 3}, initiator_for(true)}), {0xC0031502, 1, 2, 3, 0x8045}));
static_assert(same(encode(IndirectBuffer{0x123456789ABC, 64, true, true, 0}),
                   {0xC0023F00, 0x56789ABC, 0x1234, 64 | 1 << 20 | 1 << 23}));
static_assert(same(encode(WaitRegMem{3, 1, 0, 0x123456789ABC, 7, 0xFFFFFFFF, 4}),
                   {0xC0053C00, 0x13, 0x56789ABC, 0x1234, 7, 0xFFFFFFFF, 4}));
static_assert(same(encode(PredExec{5, 3}), {0xC0002300, 0x03000005}));
static_assert(same(set_registers_head(Space::sh, 0x20C, 2), {0xC0027600, 0x20C}));
static_assert(same(set_registers_head(Space::uconfig, 0x7B, 1), {0xC0017900, 0x7B}));
static_assert(padded(0) == 0 && padded(1) == 8 && padded(8) == 8 && padded(9) == 16);

static_assert(scratch_descriptor(Chip{"", "", Generation::gfx9}, false, 0x123456789A00)[1] == 0x80001234);
static_assert(scratch_descriptor(Chip{"", "", Generation::gfx9}, false, 0)[3] == 0x00E00000);
static_assert(scratch_descriptor(Chip{"", "", Generation::gfx10}, true, 0)[3] == 0x31C16000);
static_assert(scratch_descriptor(Chip{"", "", Generation::gfx10}, false, 0)[3] == 0x31E16000);

/// Byte addresses in the register file, gc_*_offset.h.
struct Place {
    const char* name;
    std::uint32_t byte_address;
    std::initializer_list<Generation> generations;
};
using G = Generation;
const std::initializer_list<G> every = {G::gfx9, G::gfx90a, G::gfx942, G::gfx10, G::gfx11, G::gfx12};
const Place places[] = {
    {"COMPUTE_START_X", 0xB810, every},
    {"COMPUTE_NUM_THREAD_X", 0xB81C, every},
    {"COMPUTE_PGM_LO", 0xB830, every},
    {"COMPUTE_PGM_HI", 0xB834, every},
    {"COMPUTE_DISPATCH_SCRATCH_BASE_LO", 0xB840, {G::gfx942, G::gfx11, G::gfx12}},
    {"COMPUTE_PGM_RSRC1", 0xB848, every},
    {"COMPUTE_PGM_RSRC2", 0xB84C, every},
    {"COMPUTE_RESOURCE_LIMITS", 0xB854, every},
    {"COMPUTE_STATIC_THREAD_MGMT_SE0", 0xB858, every},
    {"COMPUTE_TMPRING_SIZE", 0xB860, every},
    {"COMPUTE_STATIC_THREAD_MGMT_SE2", 0xB864, every},
    {"COMPUTE_RESTART_X", 0xB86C, every},
    {"COMPUTE_STATIC_THREAD_MGMT_SE8", 0xB88C, {G::gfx12}},
    {"COMPUTE_USER_ACCUM_0", 0xB890, {G::gfx10, G::gfx11, G::gfx12}},
    {"COMPUTE_STATIC_THREAD_MGMT_SE4", 0xB894, {G::gfx9, G::gfx90a}},
    {"COMPUTE_TG_CHUNK_SIZE", 0xB89C, {G::gfx942}},
    {"COMPUTE_PGM_RSRC3", 0xB8A0, {G::gfx10, G::gfx11, G::gfx12}},
    {"COMPUTE_PGM_RSRC3", 0xB8B4, {G::gfx90a, G::gfx942}},
    {"COMPUTE_STATIC_THREAD_MGMT_SE4", 0xB8AC, {G::gfx11, G::gfx12}},
    {"COMPUTE_DISPATCH_INTERLEAVE", 0xB8BC, {G::gfx11, G::gfx12}},
    {"COMPUTE_USER_DATA_0", 0xB900, every},
    {"COMPUTE_USER_DATA_15", 0xB93C, every},
    {"COMPUTE_DISPATCH_TUNNEL", 0xB9F4, {G::gfx10, G::gfx11, G::gfx12}},
};

TEST(Encoding, RegistersStandWhereTheHeadersPutThem) {
    for (const Place& place : places)
        for (int g = 0; g < generation_count; ++g) {
            const auto generation = static_cast<Generation>(g);
            bool expected = false;
            for (const Generation with : place.generations) expected |= with == generation;
            const Register* found = find_register(generation, Space::sh, place.byte_address / 4 - 0x2C00);
            const bool is = found && std::string(found->name) == place.name;
            EXPECT_EQ(is, expected) << place.name << " at 0x" << std::hex << place.byte_address << " on "
                                    << name_of(generation);
        }
    for (const Generation g : {G::gfx9, G::gfx10})
        EXPECT_STREQ(find_register(g, Space::uconfig, 0x301EC / 4 - 0xC000)->name, "CP_COHER_START_DELAY");
    EXPECT_EQ(find_register(G::gfx11, Space::uconfig, 0x7B), nullptr);
    EXPECT_EQ(find_register(G::gfx9, Reg::pgm_rsrc3), nullptr);
}

TEST(Encoding, NoTwoRegistersOfAGenerationShareAPlace) {
    for (const Register& a : registers())
        for (const Register& b : registers())
            EXPECT_TRUE(&a == &b || a.space != b.space || a.offset != b.offset ||
                        (a.generations & b.generations) == 0)
                << a.name << " " << b.name;
}

template <class Fields>
void expect_disjoint(const Fields& fields, const char* name) {
    std::uint32_t seen = 0;
    for (const Field& field : fields) {
        EXPECT_EQ(seen & field.mask(), 0u) << name << "." << field.name;
        EXPECT_LE(field.low + field.bits, 32) << name << "." << field.name;
        seen |= field.mask();
    }
}

TEST(Encoding, FieldsDoNotOverlap) {
    for (const Register& row : registers()) expect_disjoint(row.fields, row.name);
    for (const PacketLayout& layout : packet_layouts()) {
        ASSERT_LE(layout.named_words(), layout.shortest);
        for (std::size_t word = 0; word < layout.named_words(); ++word) {
            std::vector<Field> fields;
            for (const PacketField& f : layout.fields)
                if (f.word == word) fields.push_back(f.field);
            EXPECT_FALSE(fields.empty()) << name_of(layout.opcode) << " word " << word;
            expect_disjoint(fields, name_of(layout.opcode));
        }
    }
}

TEST(Encoding, EveryGenerationHasOneLayoutForEachOpcode) {
    for (int g = 0; g < generation_count; ++g)
        for (int opcode = 0; opcode < 256; ++opcode) {
            int layouts = 0;
            for (const PacketLayout& layout : packet_layouts())
                layouts +=
                    static_cast<int>(layout.opcode) == opcode && layout.is_on(static_cast<Generation>(g));
            EXPECT_LE(layouts, 1);
            EXPECT_TRUE(layouts == 0 || name_of(static_cast<std::uint8_t>(opcode)));
        }
}

TEST(Encoding, FieldsRefuseWhatDoesNotFit) {
    EXPECT_EQ(rsrc2::lds_size(511), 511u << 15);
    EXPECT_THROW(rsrc2::lds_size(512), Error);
    EXPECT_THROW(packet3(Opcode::nop, 0), Error);
    EXPECT_THROW(packet3(Opcode::nop, 0x4000), Error);
    EXPECT_THROW(set_registers_head(Space::sh, 0x3FF, 2), Error);
    EXPECT_THROW(set_registers_head(Space::sh, 0x400, 1), Error);
    EXPECT_EQ(set_registers_head(Space::sh, 0x3FF, 1)[1], 0x3FFu);
    EXPECT_THROW(encode(IndirectBuffer{0, 1 << 20}), Error);
    try {
        rsrc2::user_sgpr(32);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "sporkle: pm4: 32 does not fit USER_SGPR, a field of 5 bits");
    }
}

TEST(Encoding, UnknownRegistersAreRefused) {
    EXPECT_THROW(offset_of(G::gfx9, Reg::pgm_rsrc3), Error);
    EXPECT_THROW(offset_of(G::gfx10, Reg::other), Error);
    EXPECT_EQ(offset_of(G::gfx90a, Reg::pgm_rsrc3), 0x22Du);
    EXPECT_EQ(offset_of(G::gfx10, Reg::pgm_rsrc3), 0x228u);
}

}  // namespace
}  // namespace sporkle::amdgpu::pm4
