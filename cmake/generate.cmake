# Code that the build writes: the database tables and the list of rules.

# rules/data/*.tsv -> constexpr tables, by a host tool that refuses bad rows with file:line.
function(postlint_generate_database)
  add_executable(postlint_gen_database src/gen/database.cpp src/database/parameter_row.cpp)
  target_link_libraries(postlint_gen_database PRIVATE postlint_flags)
  target_include_directories(postlint_gen_database PRIVATE ${PROJECT_SOURCE_DIR})
  file(GLOB data CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rules/data/*.tsv)
  set(output ${PROJECT_BINARY_DIR}/generated/database_tables.cpp)
  add_custom_command(
    OUTPUT ${output}
    COMMAND postlint_gen_database ${PROJECT_SOURCE_DIR}/rules/data ${output}
    DEPENDS postlint_gen_database ${data}
    VERBATIM)
  set(POSTLINT_DATABASE_TABLES ${output} PARENT_SCOPE)
endfunction()

function(postlint_rules)
  file(GLOB rules CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/rules/*/*.cpp)
  if(NOT rules)
    return()
  endif()
  set(declarations "")
  set(entries "")
  foreach(rule IN LISTS rules)
    string(REGEX REPLACE "^rules/([^/]+)/([^/]+)\\.cpp$" "\\1::\\2" path ${rule})
    string(REGEX REPLACE "::.*" "" category ${path})
    string(REGEX REPLACE ".*::" "" slug ${path})
    string(APPEND declarations "namespace rules::${category}::${slug} { extern const Rule rule; }\n")
    string(APPEND entries "    &rules::${category}::${slug}::rule,\n")
  endforeach()
  set(registry ${PROJECT_BINARY_DIR}/generated/rule_registry.cpp)
  file(CONFIGURE OUTPUT ${registry} @ONLY CONTENT
"// Written by CMake from the files under rules/.
#include \"src/engine/registry.hpp\"

namespace postlint {
@declarations@
std::span<const Rule* const> all_rules() {
  static constexpr const Rule* list[] = {
@entries@  };
  return list;
}

}  // namespace postlint
")
  file(GLOB texts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rules/*/*.md)
  add_executable(postlint_gen_docs src/gen/docs.cpp)
  target_link_libraries(postlint_gen_docs PRIVATE postlint_flags)
  target_include_directories(postlint_gen_docs PRIVATE ${PROJECT_SOURCE_DIR})
  set(docs ${PROJECT_BINARY_DIR}/generated/rule_docs.cpp)
  add_custom_command(
    OUTPUT ${docs}
    COMMAND postlint_gen_docs ${PROJECT_SOURCE_DIR}/rules ${docs}
    DEPENDS postlint_gen_docs ${texts}
    VERBATIM)
  list(TRANSFORM rules PREPEND ${PROJECT_SOURCE_DIR}/)
  add_library(postlint_rules OBJECT ${rules} ${registry} ${docs})
  set_target_properties(postlint_rules PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
  target_include_directories(postlint_rules PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  target_link_libraries(postlint_rules PUBLIC postlint_engine
    $<TARGET_NAME_IF_EXISTS:postlint_smtpd>)
endfunction()
