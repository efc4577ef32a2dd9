// The small linker, on objects made by hand.
#include "targets/x86/emit/flatten.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

#include <sporkle/error.hpp>

#include "codegen/bundle/elf_object.hpp"

namespace sporkle::test {
namespace {

using codegen::ElfObject;
using Binding = ElfObject::Binding;
using Kind = ElfObject::Kind;
using Bytes = std::vector<std::byte>;

/// Two functions of 10 and 6 bytes, and 8 bytes of constants.
struct Object {
    ElfObject elf;
    ElfObject::Section text =
        elf.add_section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16, Bytes(16, std::byte{0x90}));
    ElfObject::Section constants =
        elf.add_section(".rodata", SHT_PROGBITS, SHF_ALLOC, 32, Bytes(8, std::byte{0x11}));
    ElfObject::Symbol pool = elf.add_symbol(".pool", Binding::local, Kind::object, constants, 4, 4);

    Object() {
        elf.add_symbol("first", Binding::global, Kind::function, text, 0, 10);
        elf.add_symbol("second", Binding::global, Kind::function, text, 10, 6);
    }
    x86::Flat flat() const {
        const Bytes bytes = elf.bytes();
        return x86::flatten({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }
    std::string refusal() const {
        try {
            flat();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::unsupported);
            return error.what();
        }
        return "none";
    }
};

TEST(Flatten, PlacesConstantsBehindCodeAndResolvesDistances) {
    Object object;
    object.elf.add_relocation(object.text, 6, R_X86_64_PC32, object.pool, -4);
    const x86::Flat flat = object.flat();
    ASSERT_EQ(flat.bytes.size(), 40u);
    EXPECT_EQ(flat.bytes[0], std::byte{0x90});
    EXPECT_EQ(flat.bytes[32], std::byte{0x11});
    EXPECT_EQ(flat.functions.at("first").offset, 0u);
    EXPECT_EQ(flat.functions.at("second").offset, 10u);
    EXPECT_EQ(flat.functions.at("second").size, 6u);
    std::int32_t distance = 0;
    std::memcpy(&distance, flat.bytes.data() + 6, sizeof(distance));
    EXPECT_EQ(distance, 32 + 4 - 10) << "from the end of the field to the constant";
}

TEST(Flatten, NamesUndefinedSymbols) {
    Object object;
    object.elf.add_relocation(object.text, 6, R_X86_64_PLT32, object.elf.add_weak_reference("fmaf"), -4);
    EXPECT_EQ(object.refusal(), "x86: the code cannot be made self-contained: undefined symbol 'fmaf'");
}

TEST(Flatten, RefusesAbsoluteAddresses) {
    Object object;
    object.elf.add_relocation(object.text, 2, R_X86_64_64, object.pool, 0);
    EXPECT_NE(object.refusal().find("R_X86_64_64"), std::string::npos) << object.refusal();
}

TEST(Flatten, RefusesWritableDataAndOddPlaces) {
    Object object;
    object.elf.add_section(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 8, Bytes(8));
    EXPECT_NE(object.refusal().find("writable section .data"), std::string::npos) << object.refusal();
    Object beyond;
    beyond.elf.add_relocation(beyond.text, 14, R_X86_64_PC32, beyond.pool, -4);
    EXPECT_NE(beyond.refusal().find("outside its section"), std::string::npos) << beyond.refusal();
    Object wide;
    wide.elf.add_section(".rodata.wide", SHT_PROGBITS, SHF_ALLOC, 4096, Bytes(8));
    EXPECT_NE(wide.refusal().find("alignment"), std::string::npos) << wide.refusal();
}

TEST(Flatten, RefusesWhatIsNoObject) {
    for (const std::string bytes : {"", "not an object"}) {
        std::string message = "none";
        try {
            x86::flatten(bytes);
        } catch (const Error& error) {
            message = error.what();
        }
        EXPECT_NE(message.find("cannot be made self-contained"), std::string::npos) << message;
    }
}

}  // namespace
}  // namespace sporkle::test
