#include "runtime/wisdom/database.hpp"

namespace sporkle::runtime {
namespace {

[[noreturn]] void fail(sqlite3* handle, int code) {
    throw DatabaseError(code, handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
}

}  // namespace

Database::Database(const std::string& name, int flags) {
    const int code = sqlite3_open_v2(name.c_str(), &handle_, flags, nullptr);
    if (code == SQLITE_OK) return;
    const DatabaseError error(code, handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code));
    sqlite3_close_v2(handle_);
    throw error;
}

void Database::execute(const char* sql) {
    const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(handle_, code);
}

std::int64_t Database::number(const char* sql) {
    Statement statement(*this, sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(const char* sql) {
    Statement statement(*this, sql);
    return statement.step() ? statement.text(0) : "";
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
    const int code =
        sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &handle_, nullptr);
    if (code != SQLITE_OK) fail(database.handle(), code);
}

Statement& Statement::bind(std::string_view text) {
    sqlite3_bind_text(handle_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind(std::int64_t number) {
    sqlite3_bind_int64(handle_, ++bound_, number);
    return *this;
}

Statement& Statement::bind(double number) {
    sqlite3_bind_double(handle_, ++bound_, number);
    return *this;
}

Statement& Statement::bind(const Hash& hash) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text(32, '0');
    for (int d = 0; d < 16; ++d) {
        text[static_cast<std::size_t>(d)] = digits[hash.high >> (60 - 4 * d) & 15];
        text[static_cast<std::size_t>(16 + d)] = digits[hash.low >> (60 - 4 * d) & 15];
    }
    return bind(std::string_view(text));
}

bool Statement::step() {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    fail(database_.handle(), code);
}

std::string Statement::text(int column) const {
    const unsigned char* text = sqlite3_column_text(handle_, column);
    const int bytes = sqlite3_column_bytes(handle_, column);
    return text == nullptr
               ? ""
               : std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(bytes));
}

Transaction::~Transaction() {
    if (database_.in_transaction()) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace sporkle::runtime
